// What anyone may see of the pool.
import { get } from './api.js';
import { Chart } from './chart.js';
import { html, useEffect, useMemo, useState } from './html.js';
import { compact, number, percent, t } from './i18n.js';
import { USUAL, usualOf } from './providers.js';
import { hour, Time } from './time.js';
import { Empty, Failure, Loading, Select, start, useLoad } from './ui.js';

const REFRESH_MS = 30_000;
const PROVIDER = 'pool.stats_provider';

function Stats() {
    const [provider, setProvider] = useState(localStorage.getItem(PROVIDER) ?? '');
    const providers = useLoad((signal) => get('/api/auth/config', { signal }).then((config) => config.providers));
    const ids = providers.data ?? [provider];
    const known = ids.includes(provider) ? provider : usualOf(ids);
    // What is usual is asked for by no name, so that it needn't wait for the list.
    const asked = known && known !== USUAL ? `?provider=${encodeURIComponent(known)}` : '';
    const shown = useLoad((signal) => get(`/admin/public-stats${asked}`, { signal }), [asked]);
    useRefresh(shown.reload);
    const choose = (name) => {
        localStorage.setItem(PROVIDER, name);
        setProvider(name);
    };
    const options = (providers.data ?? []).map((id) => [id, id]);
    return html`
        <div class="page-head">
            <div>
                <h1>${t('stats-title')}</h1>
                <p class="text-secondary">${t('stats-lead')} ${shown.data && html`<${Time} at=${shown.data.timestamp} as="relative" />`}</p>
            </div>
            ${options.length > 1 && html`<${Select} bare label=${t('stats-provider')} value=${known} options=${options} onInput=${choose} />`}
        </div>
        ${shown.error && !shown.data && html`<div class="card"><${Failure} error=${shown.error} retry=${shown.reload} /></div>`}
        ${!shown.data && !shown.error && html`<div class="card"><${Loading} lines=${6} /></div>`}
        ${shown.data && html`<${Board} stats=${shown.data} isStale=${Boolean(shown.error)} />`}
    `;
}

/** Renews what is shown, but not for a window that nobody looks at. */
function useRefresh(reload) {
    useEffect(() => {
        const look = () => document.hidden || reload();
        const timer = setInterval(look, REFRESH_MS);
        document.addEventListener('visibilitychange', look);
        return () => {
            clearInterval(timer);
            document.removeEventListener('visibilitychange', look);
        };
    }, [reload]);
}

function Board({ stats: { global, topModels, recentTopModels, hourlyTrend }, isStale }) {
    return html`
        <div class="grid">
            ${isStale && html`<p class="span-12 tag tag-warn" role="status">${t('stats-stale')}</p>`}
            <${Card} label=${t('stats-requests')} value=${compact(global.totalRequests)} note=${t('stats-apart', { clients: number(global.clientErrorCount), refused: number(global.refusedCount), left: number(global.cancelledCount) })} />
            <${Card} label=${t('stats-success-rate')} value=${global.successCount + global.failureCount ? percent(global.successRate) : '–'}
                note=${t('stats-of', { success: number(global.successCount), failure: number(global.failureCount) })} />
            <${Card} label=${t('stats-today')} value=${compact(hourlyTrend.reduce((sum, one) => sum + one.requests, 0))} note=${t('stats-last-day')} />
            <${Keys} global=${global} />
            <section class="card span-8 span-wide">
                <div class="card-head"><h2>${t('stats-trend')}</h2></div>
                <${Trend} hours=${hourlyTrend} />
            </section>
            <section class="card span-4 span-wide">
                <div class="card-head"><h2>${t('stats-recent')}</h2></div>
                <${Shares} models=${recentTopModels} />
            </section>
            <section class="card span-12">
                <div class="card-head"><h2>${t('stats-models')}</h2></div>
                <${Models} models=${topModels} />
            </section>
        </div>
    `;
}

function Card({ label, value, note }) {
    return html`
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${label}</h2>
            <p class="figure-value">${value}</p>
            <p class="figure-note">${note}</p>
        </section>
    `;
}

function Keys({ global: { totalApiKeys, activeKeys, failedKeys } }) {
    const share = totalApiKeys ? (100 * activeKeys) / totalApiKeys : 0;
    const tone = share >= 80 ? 'good' : share > 0 ? 'warn' : 'bad';
    return html`
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${t('stats-keys')}</h2>
            <p class="figure-value">${number(activeKeys)}<small class="text-secondary"> / ${number(totalApiKeys)}</small></p>
            <div class="meter" aria-hidden="true"><i style=${{ width: `${share}%`, background: `var(--${tone})` }} /></div>
            <p class="figure-note">${t('stats-keys-note', { failed: number(failedKeys), resting: number(totalApiKeys - activeKeys - failedKeys) })}</p>
        </section>
    `;
}

function Trend({ hours }) {
    const [x, series] = useMemo(() => [
        hours.map((one) => Date.parse(one.hour) / 1000),
        [
            { label: t('stats-success'), values: hours.map((one) => one.success), color: '--accent' },
            { label: t('stats-failure'), values: hours.map((one) => one.failure), color: '--bad' },
            { label: t('stats-client-errors'), values: hours.map((one) => one.clientErrors), color: '--warn' },
            { label: t('stats-refused'), values: hours.map((one) => one.refused), color: '--accent-2' },
        ],
    ], [hours]);
    const label = (secs) => hour(secs * 1000);
    return html`<${Chart} x=${x} series=${series} xLabel=${label} label=${t('stats-trend')} height=${260} />`;
}

function Shares({ models }) {
    if (!models.length) return html`<${Empty} icon="chart-bar" title=${t('stats-none-recent')} />`;
    const most = models[0].requests;
    return html`
        <ul class="plain stack-tight">
            ${models.map(({ model, requests }) => html`
                <li key=${model} class="share">
                    <span class="cut" title=${model}>${model}</span><span class="num">${number(requests)}</span>
                    <div class="meter" aria-hidden="true"><i style=${{ width: `${(100 * requests) / most}%` }} /></div>
                </li>
            `)}
        </ul>
    `;
}

function Models({ models }) {
    if (!models.length) return html`<${Empty} icon="chart-bar" title=${t('stats-none')}>${t('stats-none-hint')}<//>`;
    return html`
        <div class="scroll-x" tabindex="0" role="region" aria-label=${t('stats-models')}>
            <table class="rows">
                <thead><tr>
                    <th scope="col">${t('stats-model')}</th>
                    ${['requests', 'success', 'failure', 'client-errors', 'refused', 'left', 'success-rate'].map((name) => html`<th key=${name} scope="col" class="num">${t(`stats-${name}`)}</th>`)}
                </tr></thead>
                <tbody>${models.map((one) => html`
                    <tr key=${one.model}>
                        <th scope="row"><code>${one.model}</code></th>
                        <td class="num">${number(one.requests)}</td>
                        <td class="num">${number(one.success)}</td>
                        <td class="num">${number(one.failure)}</td>
                        <td class="num">${number(one.clientErrors)}</td>
                        <td class="num">${number(one.refused)}</td>
                        <td class="num">${number(one.cancelled)}</td>
                        <td class="num">${one.success + one.failure ? percent(one.successRate) : '–'}</td>
                    </tr>
                `)}</tbody>
            </table>
        </div>
    `;
}

start(html`<${Stats} />`, 'stats');
