// Times in the viewer's zone; the exact one and UTC are in the tooltip.
import { html, useEffect, useState } from './html.js';
import { language, t } from './i18n.js';

const format = (options) => new Intl.DateTimeFormat(language, options);
const both = format({ dateStyle: 'medium', timeStyle: 'short' });
const dateOnly = format({ dateStyle: 'medium' });
const clock = format({ hour: '2-digit', minute: '2-digit' });
const hourOfDay = format({ month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });
const exact = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const utc = format({ dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });
const dateUtc = format({ dateStyle: 'medium', timeZone: 'UTC' });
const shortUtc = format({ month: 'short', day: 'numeric', timeZone: 'UTC' });
const since = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

/** 25 Nov 2026, 09:00 */
export const dateTime = (at) => both.format(new Date(at));
/** 25 Nov 2026 */
export const date = (at) => dateOnly.format(new Date(at));
/** 09:00 */
export const hour = (at) => clock.format(new Date(at));
/** 25 Nov, 09:00 */
export const dayAndHour = (at) => hourOfDay.format(new Date(at));
/** A day like 2026-11-25, whatever the viewer's zone. */
export const day = (text) => dateUtc.format(new Date(text));

const SPANS = [['day', 86_400], ['hour', 3_600], ['minute', 60], ['second', 1]];

/** 25 Nov, of a day in seconds since 1970 */
export const shortDay = (secs) => shortUtc.format(secs * 1000);

/** 5 minutes ago, in 3 days */
export function relative(at, now = Date.now()) {
    const secs = Math.round((new Date(at) - now) / 1000);
    const [unit, length] = SPANS.find(([, length]) => Math.abs(secs) >= length) ?? ['second', 1];
    return since.format(Math.trunc(secs / length), unit);
}

/** A moment: `as` is `relative`, `date`, `clock` (of another day both) or both date and time. Nothing known is a dash. */
export function Time({ at, as }) {
    const now = useNow(as === 'relative' ? 30_000 : 0);
    if (!at) return html`<span class="text-secondary">–</span>`;
    const isToday = new Date(at).toDateString() === new Date(now).toDateString();
    const clock = () => (isToday ? exact.format(new Date(at)) : dateTime(at));
    const shown = { relative: () => relative(at, now), date: () => date(at), clock }[as] ?? (() => dateTime(at));
    const title = `${dateTime(at)}\n${utc.format(new Date(at))} UTC`;
    return html`<time datetime=${at} title=${title}>${shown()}</time>`;
}

/** The time, renewed so often; never when that is 0. */
export function useNow(everyMs) {
    const [now, set] = useState(Date.now());
    useEffect(() => {
        if (!everyMs) return undefined;
        const timer = setInterval(() => set(Date.now()), everyMs);
        return () => clearInterval(timer);
    }, [everyMs]);
    return now;
}

/** 2 d 4 h 10 min 3 s, of milliseconds; the two largest parts. */
export function span(ms) {
    let secs = Math.max(0, Math.floor(ms / 1000));
    const parts = SPANS.map(([unit, length]) => {
        const count = Math.floor(secs / length);
        secs -= count * length;
        return [unit, count];
    });
    const first = parts.findIndex(([, count]) => count > 0);
    const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
    return shown.map(([unit, count]) => t(`span-${unit}`, { count })).join(' ');
}
