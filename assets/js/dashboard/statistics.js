// What was used, by whom and when, and how long it took.
import { call, get, query } from '../api.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Button, Failure, Loading, Tabs, useLoad } from '../ui.js';
import { save } from './download.js';
import { Filter, FilterBar, useFilters } from './filters.js';
import { Day } from './manage/day.js';
import { go } from './place.js';
import { Course } from './statistics/course.js';
import { Groups } from './statistics/groups.js';
import { Latency } from './statistics/latency.js';
import { periodOf, RANGES } from './statistics/period.js';
import { Totals } from './statistics/totals.js';

const USUAL = { range: '7d', from: '', to: '', group: 'model', shown: 'requests', of: '', sort: '-requests', page: '1' };
const GROUPS = ['model', 'key', 'token', 'user', 'provider', 'reason'];
const SHOWN = ['requests', 'tokens', 'latency'];

export function Statistics({ provider }) {
    const [filters, change] = useFilters(USUAL);
    const { group, of } = filters;
    const period = periodOf(filters);
    const asked = { from: period.from, to: period.to, provider: provider === 'all' ? undefined : provider };
    const only = of ? { [group]: of } : {};
    const key = JSON.stringify([filters.range, filters.from, filters.to, provider]);
    const groups = useLoad((signal) => get(`/admin/usage${query({ ...asked, group })}`, { signal }), [key, group]);
    const course = useLoad((signal) => get(`/admin/usage${query({ ...asked, ...only, group: 'none', by: period.by })}`, { signal }), [key, group, of]);
    const chosen = of && (groups.data?.rows.find(({ id }) => id === of)?.label ?? of);
    const download = async () => save(await call('GET', `/admin/usage${query({ ...asked, group, by: 'day', format: 'csv' })}`, undefined, { as: 'blob' }), `usage-by-${group}.csv`);
    // A row that is pressed is what the chart is of; a reason has its requests instead.
    const open = (id) => (group === 'reason' ? go(`/dashboard/requests?reason=${encodeURIComponent(id)}`) : change({ of: id === of ? '' : id }));
    return html`
        <${FilterBar} label=${t('used-filters')}>
            <${Filter} label=${t('used-range')} value=${filters.range} options=${[...Object.keys(RANGES), 'custom'].map((name) => [name, t(`used-range-${name}`)])}
                onInput=${(range) => change({ range, of })} />
            ${filters.range === 'custom' && html`
                <${Day} label=${t('audit-from')} value=${filters.from} onInput=${(from) => change({ from })} />
                <${Day} label=${t('audit-to')} value=${filters.to} onInput=${(to) => change({ to })} />
            `}
            <${Filter} label=${t('used-group')} value=${group} options=${GROUPS.map((name) => [name, t(`used-by-${name}`)])} onInput=${(name) => change({ group: name, of: '' })} />
            <${Button} icon="download" onClick=${download}>${t('used-csv')}<//>
            ${of && html`<${Button} kind="ghost" icon="x" onClick=${() => change({ of: '' })}>${t('used-only', { name: chosen })}<//>`}
        <//>
        <div class="stack">
            <${Totals} load=${course} />
            <section class="card">
                <${Tabs} label=${t('used-course')} tabs=${SHOWN.map((name) => [name, t(`used-shown-${name}`)])} value=${filters.shown} onChange=${(shown) => change({ shown })}>
                    ${filters.shown === 'latency'
                        ? html`<${Latency} asked=${{ ...asked, ...only }} period=${period} isCounted=${!of || group === 'model' || group === 'provider'} />`
                        : html`<${Course} load=${course} shown=${filters.shown} />`}
                <//>
            </section>
            <section class="card">
                <div class="card-head"><h2>${t(`used-by-${group}`)}</h2></div>
                ${groups.error && html`<${Failure} error=${groups.error} retry=${groups.reload} />`}
                ${!groups.data && !groups.error && html`<${Loading} lines=${6} />`}
                ${groups.data && html`<${Groups} rows=${groups.data.rows} group=${group} filters=${filters} change=${change} onOpen=${open} isLoading=${groups.isLoading} />`}
            </section>
        </div>
    `;
}
