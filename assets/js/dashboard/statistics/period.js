// Spans of time that a report can cover, and the points of their charts.
import { dayAfter } from '../manage/day.js';
import { dayAndHour, hour, shortDay } from '../../time.js';

const HOUR = 3_600;
const DAY = 86_400;

/** Each span by its name, in hours. Longer ones are shown by the day. */
export const RANGES = { '24h': 24, '7d': 7 * 24, '30d': 30 * 24, '90d': 90 * 24 };
const HOURLY_MAX = 7 * 24;

/** `{ from, to, by }` of what is chosen. Days are UTC's, as the service counts them. */
export function periodOf({ range, from, to }) {
    if (range === 'custom') {
        const hours = from ? (Date.parse(to ? dayAfter(to) : new Date().toISOString()) - Date.parse(from)) / 3_600_000 : HOURLY_MAX;
        return { from, to: dayAfter(to), by: hours <= HOURLY_MAX ? 'hour' : 'day' };
    }
    const hours = RANGES[range] ?? RANGES['7d'];
    const by = hours <= HOURLY_MAX ? 'hour' : 'day';
    const unit = by === 'hour' ? HOUR : DAY;
    const now = Math.floor(Date.now() / 1000 / unit) * unit;
    const first = now - (hours * HOUR) + unit;
    return { from: new Date(first * 1000).toISOString(), by };
}

/** All points of a report's span in seconds, those without requests too. */
export function points({ from, to }, by) {
    const unit = by === 'hour' ? HOUR : DAY;
    const first = Math.floor(Date.parse(from) / 1000 / unit) * unit;
    const count = Math.max(1, Math.ceil((Date.parse(to) / 1000 - first) / unit));
    return Array.from({ length: count }, (_, n) => first + n * unit);
}

/** What points are called, and how wide that is: days, hours of a day, or both. */
export function names({ from, to }, by) {
    if (by === 'day') return { xLabel: shortDay };
    const isOneDay = Date.parse(to) - Date.parse(from) <= (DAY + HOUR) * 1000;
    return isOneDay ? { xLabel: (secs) => hour(secs * 1000) } : { xLabel: (secs) => dayAndHour(secs * 1000), xWidth: 140 };
}
