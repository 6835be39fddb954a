// The upstream keys: a page of them, narrowed down, and what can be done to many at once.
import { get, query } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Empty, Failure, Loading, Pagination, useLoad } from '../ui.js';
import { ColumnChoice, useColumns } from './columns.js';
import { useFilters } from './filters.js';
import { useFresh } from './hub.js';
import { AddKey } from './keys/add.js';
import { Bulk } from './keys/bulk.js';
import { keyColumns } from './keys/columns.js';
import { KeyDetails } from './keys/details.js';
import { Export } from './keys/export.js';
import { KeyFilters, USUAL } from './keys/filters.js';
import { DataTable, SelectionBar, useSelection } from './table.js';

const FRESH_MS = 5_000;

export function Keys({ provider, providers, live }) {
    const [{ open, ...filters }, change, isNarrow] = useFilters(USUAL);
    const [isAdding, setAdding] = useState(false);
    const names = ['status', 'category', 'account', 'import_id', 'search'].map((name) => filters[name]);
    const list = useLoad((signal) => get(`/admin/api-keys${query({ provider, ...filters })}`, { signal }), [provider, ...Object.values(filters)]);
    const selection = useSelection([provider, ...names]);
    const [shown, columnChoice] = useColumns('keys', keyColumns());
    useFresh(live, ['stats', 'key'], list.reload, FRESH_MS);
    const show = (id) => change({ open: id ?? '', page: filters.page });
    const total = list.data?.total ?? 0;
    const clear = () => change(USUAL);
    return html`
        <section class="card">
            <div class="card-head">
                <${KeyFilters} provider=${provider} filters=${filters} change=${change} onClear=${isNarrow && clear} />
                <div class="btn-line">
                    <${ColumnChoice} ...${columnChoice} />
                    <${Export} provider=${provider} filters=${filters} total=${total} />
                    <${Button} kind="primary" icon="plus" onClick=${() => setAdding(true)}>${t('keys-add')}<//>
                </div>
            </div>
            <${SelectionBar} selection=${selection} total=${total}>
                <${Bulk} selection=${selection} provider=${provider} filters=${filters} isNarrow=${isNarrow} total=${total} live=${live} onDone=${list.reload} />
            <//>
            <${List} list=${list} shown=${shown} filters=${filters} change=${change} selection=${selection} isNarrow=${isNarrow} onOpen=${({ id }) => show(id)} />
        </section>
        ${open && html`<${KeyDetails} key=${open} id=${open} onClose=${() => show()} onChange=${list.reload} />`}
        ${isAdding && html`<${AddKey} provider=${provider} providers=${providers} onClose=${() => setAdding(false)} onDone=${list.reload} />`}
    `;
}

function List({ list, shown, filters, change, selection, isNarrow, onOpen }) {
    if (list.error && !list.data) return html`<${Failure} error=${list.error} retry=${list.reload} />`;
    if (!list.data) return html`<${Loading} lines=${8} />`;
    const { api_keys: rows, page, totalPages, total } = list.data;
    const nothing = isNarrow
        ? html`<${Empty} icon="search" title=${t('keys-no-match')} />`
        : html`<${Empty} icon="key" title=${t('keys-none')}>${t('keys-none-hint')} <a href="/dashboard/import">${t('tab-import')}</a><//>`;
    return html`
        ${list.error && html`<p class="tag tag-warn" role="status">${list.error.message}</p>`}
        ${rows.length
            ? html`<${DataTable} label=${t('tab-keys')} columns=${shown} rows=${rows} sort=${filters.sort} onSort=${(sort) => change({ sort })}
                selection=${selection} onOpen=${onOpen} isLoading=${list.isLoading} />`
            : nothing}
        <${Pagination} page=${page} totalPages=${totalPages} total=${total} onPage=${(page) => change({ page })} />
    `;
}
