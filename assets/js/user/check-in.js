// The daily check-in, with a month of them.
import { get, post } from '../api.js';
import { html, useState } from '../html.js';
import { language, number, t } from '../i18n.js';
import { Button, Dialog, Empty, Failure, Loading, Pagination, toast, useLoad } from '../ui.js';
import { date, day, Time } from '../time.js';

export function CheckIn({ user, onDone }) {
    const [month, setMonth] = useState('');
    const [history, setHistory] = useState(false);
    const calendar = useLoad((signal) => get(`/api/auth/calendar${month && `?month=${month}`}`, { signal }), [month]);
    const shown = calendar.data;
    const sign = async () => {
        const { hours, keyExpiresAt } = await post('/api/auth/sign');
        toast(keyExpiresAt ? t('sign-done', { hours, until: date(keyExpiresAt) }) : t('sign-done-plain'));
        calendar.reload();
        onDone();
    };
    if (!shown) {
        return html`<section class="card">${calendar.error ? html`<${Failure} error=${calendar.error} retry=${calendar.reload} />` : html`<${Loading} lines=${7} />`}</section>`;
    }
    const done = user.signedToday || shown.signedToday;
    return html`
        <section class="card stack">
            <div class="card-head">
                <h2>${t('sign-title')}</h2>
                <span class="tag tag-warn streak">${t('sign-streak', { days: shown.streak })}</span>
            </div>
            <${Button} kind="primary" class="btn-block" icon=${done ? 'check' : 'calendar-check'} disabled=${done} onClick=${sign}>
                ${t(done ? 'sign-today' : 'sign-now')}
            <//>
            <${Month} calendar=${shown} onMonth=${setMonth} />
            <div class="spread">
                <span class="text-secondary">${t('sign-sum', { total: number(shown.total), longest: number(shown.longestStreak) })}</span>
                <${Button} class="btn-link" onClick=${() => setHistory(true)}>${t('sign-history')}<//>
            </div>
            ${history && html`<${History} onClose=${() => setHistory(false)} />`}
        </section>
    `;
}

const utc = (options) => new Intl.DateTimeFormat(language, { ...options, timeZone: 'UTC' });

/** A month, in UTC as the check-ins are; weeks begin on Monday. */
function Month({ calendar: { month, today, days }, onMonth }) {
    const first = new Date(`${month}-01T00:00:00Z`);
    const other = (step) => new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + step, 1)).toISOString().slice(0, 7);
    const count = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
    const blanks = (first.getUTCDay() + 6) % 7;
    const weekday = utc({ weekday: 'narrow' });
    const cell = (n) => {
        const text = `${month}-${String(n).padStart(2, '0')}`;
        const signed = days.includes(text);
        const look = [signed && 'signed', text === today && 'today', text > today && 'ahead'].filter(Boolean).join(' ');
        return html`<li key=${n} class=${look} aria-current=${text === today ? 'date' : undefined}>
            ${n}${signed && html`<span class="visually-hidden"> ${t('sign-signed')}</span>`}
        </li>`;
    };
    return html`
        <div class="month">
            <div class="spread">
                <strong>${utc({ month: 'long', year: 'numeric' }).format(first)}</strong>
                <div class="btn-line">
                    <${Button} kind="ghost" icon="chevron-left" label=${t('month-before')} onClick=${() => onMonth(other(-1))} />
                    <${Button} kind="ghost" icon="chevron-right" label=${t('month-after')} disabled=${month >= today.slice(0, 7)} onClick=${() => onMonth(other(1))} />
                </div>
            </div>
            <div class="weekdays" aria-hidden="true">${[1, 2, 3, 4, 5, 6, 7].map((n) => html`<span key=${n}>${weekday.format(new Date(Date.UTC(2024, 0, n)))}</span>`)}</div>
            <ol class="days">
                ${Array.from({ length: blanks }, (_, n) => html`<li key=${`b${n}`} class="blank" aria-hidden="true" />`)}
                ${Array.from({ length: count }, (_, n) => cell(n + 1))}
            </ol>
        </div>
    `;
}

/** All check-ins, page by page. */
function History({ onClose }) {
    const [page, setPage] = useState(1);
    const list = useLoad((signal) => get(`/api/auth/signins?page=${page}&limit=10`, { signal }), [page]);
    return html`
        <${Dialog} title=${t('sign-history')} onClose=${onClose}>
            ${list.error && html`<${Failure} error=${list.error} retry=${list.reload} />`}
            ${!list.data && !list.error && html`<${Loading} lines=${5} />`}
            ${list.data?.total === 0 && html`<${Empty} icon="calendar-check" title=${t('sign-none')} />`}
            ${list.data?.total > 0 && html`
                <table class="rows">
                    <thead><tr><th scope="col">${t('sign-day')}</th><th scope="col">${t('sign-at')}</th></tr></thead>
                    <tbody>${list.data.items.map((one) => html`<tr key=${one.id}><td>${day(one.signDay)}</td><td><${Time} at=${one.createdAt} /></td></tr>`)}</tbody>
                </table>
                <${Pagination} page=${page} totalPages=${list.data.pageCount} total=${list.data.total} onPage=${setPage} />
            `}
        <//>
    `;
}
