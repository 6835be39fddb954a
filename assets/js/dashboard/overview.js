// How the pool is, at a glance.
import { get, query } from '../api.js';
import { html } from '../html.js';
import { Failure, Loading, useLoad } from '../ui.js';
import { useFresh } from './hub.js';
import { Announcements } from './overview/announcements.js';
import { Attention } from './overview/attention.js';
import { Charts } from './overview/charts.js';
import { Figures } from './overview/figures.js';

const HOUR_MS = 3_600_000;
const FIGURES_EVERY_MS = 4_000;
const CHARTS_EVERY_MS = 60_000;

export function Overview({ provider, providers, live }) {
    const figures = useLoad((signal) => lookAtFigures(provider, signal), [provider]);
    const charts = useLoad((signal) => lookAtCharts(provider, signal), [provider]);
    useFresh(live, ['stats', 'key', 'job'], figures.reload, FIGURES_EVERY_MS);
    useFresh(live, ['stats'], charts.reload, CHARTS_EVERY_MS);
    if (!figures.data) return html`<div class="card">${figures.error ? html`<${Failure} error=${figures.error} retry=${figures.reload} />` : html`<${Loading} lines=${8} />`}</div>`;
    return html`
        <div class="grid">
            <${Figures} figures=${figures.data} live=${live} />
            <${Attention} figures=${figures.data} provider=${provider} providers=${providers} />
            <${Charts} charts=${charts} />
            <${Announcements} />
        </div>
    `;
}

const ago = (hours) => new Date(Date.now() - hours * HOUR_MS).toISOString();

async function lookAtFigures(provider, signal) {
    const ask = (path, values) => get(`/admin/${path}${query(values)}`, { signal });
    const count = (status) => ask('api-keys', { provider, status, pageSize: 1 }).then(({ total }) => total);
    const [totals, usage, latency, pending, { jobs }, ...counts] = await Promise.all([
        ask('stats', { provider }),
        ask('usage', { provider, group: 'none', from: ago(24) }),
        ask('latency', { provider, by: 'none' }),
        ask('users', { pending: true, pageSize: 1 }),
        ask('jobs', { pageSize: 20 }),
        ...['cooling', 'disabled', 'failed', 'expired'].map(count),
    ]);
    const [cooling, disabled, failed, expired] = counts;
    const keys = { total: totals.total_api_keys, active: totals.active_keys, cooling, disabled, failed, expired };
    return { totals, keys, day: usage.total, latency: latency.total, pending: pending.total, jobs };
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
