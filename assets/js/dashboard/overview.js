// How the pool is, at a glance.
import { get, query } from '../api.js';
import { html, useState } from '../html.js';
import { Failure, Loading, useLoad } from '../ui.js';
import { useFresh, useLive } from './hub.js';
import { Announcements } from './overview/announcements.js';
import { Attention } from './overview/attention.js';
import { Charts } from './overview/charts.js';
import { Checklist } from './overview/checklist.js';
import { Figures } from './overview/figures.js';
import { add, isStale, later, NOTHING } from './overview/since.js';

const HOUR_MS = 3_600_000;
const FIGURES_EVERY_MS = 5_000;
const CHARTS_EVERY_MS = 60_000;

export function Overview({ provider, live }) {
    const figures = useLoad((signal) => lookAtFigures(provider, signal), [provider]);
    const charts = useLoad((signal) => lookAtCharts(provider, signal), [provider]);
    const told = useTold(live, figures.data);
    useFresh(live, ['stats', 'job'], figures.reload, FIGURES_EVERY_MS, (event) => isStale(figures.data, event, provider, Date.now()));
    useFresh(live, ['stats'], charts.reload, CHARTS_EVERY_MS);
    if (!figures.data) return html`<div class="card">${figures.error ? html`<${Failure} error=${figures.error} retry=${figures.reload} />` : html`<${Loading} lines=${8} />`}</div>`;
    const shown = later(figures.data, told, provider);
    return html`
        <div class="grid">
            <${Checklist} />
            <${Figures} figures=${shown} live=${live} />
            <${Attention} figures=${shown} provider=${provider} />
            <${Charts} charts=${charts} />
            <${Announcements} />
        </div>
    `;
}

/** What events have told since these figures came. */
function useTold(live, figures) {
    const [told, tell] = useState(NOTHING);
    const ours = (told) => (told.figures === figures ? told : NOTHING);
    useLive(live, { topics: ['stats'], onEvent: ({ data }) => tell((old) => ({ ...add(ours(old), data), figures })) });
    return ours(told);
}

const ago = (hours) => new Date(Date.now() - hours * HOUR_MS).toISOString();

async function lookAtFigures(provider, signal) {
    const ask = (path, values = {}) => get(`/admin/${path}${query(values)}`, { signal });
    const [totals, { providers }, usage, pending, { jobs }, outages] = await Promise.all([
        ask('stats', { provider }),
        ask('providers'),
        ask('usage', { provider, group: 'none', from: ago(24) }),
        ask('users', { pending: true, pageSize: 1 }),
        ask('jobs', { pageSize: 20 }),
        ask('circuit-breakers'),
    ]);
    return { at: Date.now(), totals, providers, day: usage.total, pending: pending.total, jobs, outages };
}

async function lookAtCharts(provider, signal) {
    const ask = (values) => get(`/admin/usage${query({ provider, ...values })}`, { signal });
    const [hours, days, models] = await Promise.all([
        ask({ group: 'none', by: 'hour', from: ago(23) }),
        ask({ group: 'none', by: 'day', from: ago(29 * 24).slice(0, 10) }),
        ask({ group: 'model', from: ago(24) }),
    ]);
    return { hours, days, models: models.rows.slice(0, 8) };
}
