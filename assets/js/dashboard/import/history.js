// What was imported, and taking it out again.
import { get } from '../../api.js';
import { html, useState } from '../../html.js';
import { find, number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Button, Empty, Failure, Loading, Pagination, useLoad } from '../../ui.js';
import { Link } from '../place.js';
import { DataTable } from '../table.js';
import { undoImport } from './report.js';

const PAGE_SIZE = 10;
const COUNTS = ['added', 'existing', 'duplicates', 'failed', 'skipped'];

export function useHistory() {
    const [page, setPage] = useState(1);
    const list = useLoad((signal) => get(`/admin/imports?page=${page}&pageSize=${PAGE_SIZE}`, { signal }), [page]);
    return { ...list, setPage };
}

export function History({ history }) {
    const { data, error, reload, setPage } = history;
    const undo = async (one) => (await undoImport(one.id, one.added)) && reload();
    return html`
        <section class="card span-12">
            <div class="card-head"><h2>${t('imports-title')}</h2></div>
            ${error && !data && html`<${Failure} error=${error} retry=${reload} />`}
            ${!data && !error && html`<${Loading} lines=${4} />`}
            ${data && !data.imports.length && html`<${Empty} icon="history" title=${t('imports-none')} />`}
            ${data?.imports.length > 0 && html`<${DataTable} label=${t('imports-title')} columns=${columns(undo)} rows=${data.imports} />`}
            ${data && html`<${Pagination} page=${data.page} totalPages=${data.totalPages} total=${data.total} onPage=${setPage} />`}
        </section>
    `;
}

function columns(undo) {
    const counts = COUNTS.map((name) => ({ name, num: true, cell: (one) => number(one[name]) }));
    const all = [
        { name: 'id', cell: (one) => html`<${Link} href=${`/dashboard/keys?import_id=${one.id}`}>${t('keys-of-import', { id: one.id })}<//>` },
        { name: 'when', cell: (one) => html`<${Time} at=${one.created_at} as="relative" />` },
        { name: 'source', cell: (one) => find(`imports-by-${one.source}`) ?? one.source },
        { name: 'provider', cell: (one) => one.provider },
        { name: 'actor', cell: (one) => one.actor },
        { name: 'lines', num: true, cell: (one) => number(one.total) },
        ...counts,
    ];
    const named = all.map((column) => ({ ...column, label: t(COUNTS.includes(column.name) ? `report-${column.name}` : `imports-${column.name}`) }));
    const deed = (one) => {
        if (one.undone_at) return html`<span class="text-secondary">${t('undo-was')} <${Time} at=${one.undone_at} as="relative" /></span>`;
        return one.added > 0 && html`<${Button} kind="ghost" icon="history" label=${t('undo-one', { id: one.id })} onClick=${() => undo(one)} />`;
    };
    return [...named, { name: 'deed', label: t('imports-deed'), cell: deed }];
}
