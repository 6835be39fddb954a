// The tokens by which clients come in.
import { get, query } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Pagination, useLoad } from '../ui.js';
import { Filter, FilterBar, Search, useFilters } from './filters.js';
import { ListStates } from './manage/list.js';
import { TokenShown } from './manage/secret.js';
import { DataTable } from './table.js';
import { columns } from './tokens/columns.js';
import { TokenForm } from './tokens/form.js';

const USUAL = { search: '', status: 'all', sort: '-id', page: '1' };
const STATES = ['all', 'active', 'disabled', 'expired'];

export function Tokens({ provider, providers }) {
    const [filters, change, isNarrow] = useFilters(USUAL);
    const [edited, edit] = useState();
    const [shown, show] = useState();
    const load = useLoad((signal) => get(`/admin/tokens${query({ ...filters, provider })}`, { signal }), [JSON.stringify(filters), provider]);
    const rows = load.data?.tokens ?? [];
    const isOfOne = provider !== 'all';
    const done = (token) => {
        if (token) show({ ...token, once: true });
        load.reload();
    };
    return html`
        <section class="card">
            <div class="card-head">
                <p class="text-secondary">${t(isOfOne ? 'token-lead-one' : 'token-lead')}</p>
                <${Button} kind="primary" icon="plus" onClick=${() => edit({})}>${t('token-new')}<//>
            </div>
            <${FilterBar} label=${t('token-filters')} onClear=${isNarrow && (() => change(USUAL))}>
                <${Search} label=${t('token-search')} value=${filters.search} onInput=${(search) => change({ search })} />
                <${Filter} label=${t('token-status')} value=${filters.status} options=${STATES.map((name) => [name, t(`token-status-${name}`)])} onInput=${(status) => change({ status })} />
            <//>
            <${ListStates} load=${load} rows=${rows} isNarrow=${isNarrow || isOfOne} icon="ticket" empty=${t('token-none')} hint=${t('token-none-hint')}>
                <${DataTable} label=${t('tab-tokens')} columns=${columns({ edit, show, done })} rows=${rows} isLoading=${load.isLoading}
                    sort=${filters.sort} onSort=${(sort) => change({ sort })} />
            <//>
            ${load.data && html`<${Pagination} ...${load.data} onPage=${(page) => change({ page })} />`}
        </section>
        ${edited && html`<${TokenForm} token=${edited} providers=${providers} onDone=${done} onClose=${() => edit()} />`}
        ${shown && html`<${TokenShown} ...${shown} onClose=${() => show()} />`}
    `;
}
