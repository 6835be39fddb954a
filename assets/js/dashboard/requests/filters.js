// What narrows the list of requests down.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Button } from '../../ui.js';
import { Filter, FilterBar, Search } from '../filters.js';
import { outcomeName } from './columns.js';

const STATUSES = ['2xx', '4xx', '429', '5xx', '499'];
const OUTCOMES = ['success', 'failure', 'client_error', 'refused', 'cancelled'];
const HOURS = ['1', '24', '168'];

/** How the list is unless it is said otherwise. `open` is the request that is looked at. */
export const USUAL = { search: '', outcome: '', reason: '', status: '', model: '', token: '', key: '', hours: '', open: '' };

export function RequestFilters({ filters, change, tokens, onClear }) {
    const outcomes = [['', t('requests-every-outcome')], ...OUTCOMES.map((name) => [name, outcomeName(name)])];
    const statuses = [['', t('requests-every-status')], ...STATUSES.map((name) => [name, name])];
    const names = [['', t('requests-every-token')], ...tokens.map(({ id, name }) => [String(id), name || `#${id}`])];
    const times = [['', t('requests-every-time')], ...HOURS.map((count) => [count, t('requests-hours', { count: Number(count) })])];
    return html`
        <${FilterBar} label=${t('keys-filters')} onClear=${onClear}>
            <${Filter} label=${t('requests-outcome')} value=${filters.outcome} options=${outcomes} onInput=${(outcome) => change({ outcome })} />
            <${Filter} label=${t('requests-status')} value=${filters.status} options=${statuses} onInput=${(status) => change({ status })} />
            <${Filter} label=${t('requests-token')} value=${filters.token} options=${names} onInput=${(token) => change({ token })} />
            <${Filter} label=${t('requests-time')} value=${filters.hours} options=${times} onInput=${(hours) => change({ hours })} />
            <${Search} label=${t('requests-model')} value=${filters.model} onInput=${(model) => change({ model })} />
            <${Search} label=${t('requests-reason')} value=${filters.reason} onInput=${(reason) => change({ reason })} />
            <${Search} label=${t('requests-id')} value=${filters.search} onInput=${(search) => change({ search })} />
            ${filters.key && html`<${Button} icon="x" onClick=${() => change({ key: '' })}>${t('requests-of-key', { id: filters.key })}<//>`}
        <//>
    `;
}
