// Lists with columns. On a phone each row is a card.
import { html, useEffect, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Button, Icon, Select } from '../ui.js';

/**
 * A table. `columns` are `{ name, label, cell(row), sort, num, wide }`: `sort` is what the API sorts
 * by, `num` is for numbers; `wide` takes a card's whole line. `sort` is the order now, as `name` or
 * `-name`; `onSort` gets another one. `selection` is `useSelection()`; `onOpen(row)` shows a row.
 */
export function DataTable({ label, columns, rows, sort, onSort, selection, onOpen, isLoading }) {
    return html`
        ${onSort && html`<${SortChoice} columns=${columns} sort=${sort} onSort=${onSort} />`}
        <div class="scroll-x" tabindex="0" role="region" aria-label=${label} aria-busy=${Boolean(isLoading)}>
            <table class=${`rows data-rows ${onOpen ? 'opens' : ''}`}>
                <thead><tr>
                    ${selection && html`<td class="pick"><${PagePick} rows=${rows} selection=${selection} /></td>`}
                    ${columns.map((column) => html`<${Head} key=${column.name} column=${column} sort=${sort} onSort=${onSort} />`)}
                </tr></thead>
                <tbody>${rows.map((row) => html`<${Row} key=${row.id} row=${row} columns=${columns} selection=${selection} onOpen=${onOpen} />`)}</tbody>
            </table>
        </div>
    `;
}

const turned = (sort, name) => (sort === name ? `-${name}` : name);

function Head({ column, sort = '', onSort }) {
    const look = column.num ? 'num' : '';
    if (!column.sort || !onSort) return html`<th scope="col" class=${look}>${column.label}</th>`;
    const isUp = sort === column.sort;
    const isSorted = isUp || sort === `-${column.sort}`;
    const order = isUp ? 'ascending' : 'descending';
    const icon = isUp ? 'arrow-up' : 'arrow-down';
    return html`
        <th scope="col" class=${look} aria-sort=${isSorted ? order : undefined}>
            <button type="button" class="sort" onClick=${() => onSort(turned(sort, column.sort))}>
                ${column.label}<${Icon} name=${isSorted ? icon : 'arrows-sort'} class=${isSorted ? '' : 'faint'} />
            </button>
        </th>
    `;
}

/** Cards have no head to press. */
function SortChoice({ columns, sort, onSort }) {
    const names = columns.filter((column) => column.sort);
    const options = names.flatMap((column) => [
        [column.sort, `${column.label} ↑`], [`-${column.sort}`, `${column.label} ↓`],
    ]);
    return html`<div class="only-small sort-choice"><${Select} bare label=${t('table-sort')} value=${sort} options=${options} onInput=${onSort} /></div>`;
}

function Row({ row, columns, selection, onOpen }) {
    const isPicked = selection?.has(row.id);
    const open = (event) => {
        if (!event.target.closest('a, button, input, label') && !String(getSelection())) onOpen(row);
    };
    const cell = (column, n) => {
        const shown = column.cell(row);
        const inside = n === 0 && onOpen ? html`<button type="button" class="open" onClick=${() => onOpen(row)}>${shown}</button>` : shown;
        const look = [column.num && 'num', column.wide && 'wide-cell'].filter(Boolean).join(' ');
        return n === 0
            ? html`<th key=${column.name} scope="row">${inside}</th>`
            : html`<td key=${column.name} class=${look} data-label=${column.label}>${inside}</td>`;
    };
    return html`
        <tr class=${isPicked ? 'picked' : ''} onClick=${onOpen && open}>
            ${selection && html`<td class="pick"><input type="checkbox" class="form-check-input" aria-label=${t('table-pick', { id: String(row.id) })}
                checked=${isPicked} disabled=${selection.all} onChange=${() => selection.toggle(row.id)} /></td>`}
            ${columns.map(cell)}
        </tr>
    `;
}

function PagePick({ rows, selection }) {
    const box = useRef();
    const count = rows.filter(({ id }) => selection.has(id)).length;
    useEffect(() => {
        box.current.indeterminate = count > 0 && count < rows.length;
    });
    return html`<input ref=${box} type="checkbox" class="form-check-input" aria-label=${t('table-pick-page')} disabled=${selection.all || !rows.length}
        checked=${rows.length > 0 && count === rows.length} onChange=${(event) => selection.set(rows.map(({ id }) => id), event.target.checked)} />`;
}

/**
 * What is picked, over all pages: single rows by id, or all that the filters name. It is empty
 * again when one of `inputs` changes.
 */
export function useSelection(inputs = []) {
    const [{ ids, all }, set] = useState({ ids: new Set(), all: false });
    const clear = () => set({ ids: new Set(), all: false });
    useEffect(clear, inputs);
    return {
        all,
        ids: [...ids],
        has: (id) => all || ids.has(id),
        count: (total) => (all ? total : ids.size),
        toggle: (id) => set({ all: false, ids: ids.symmetricDifference(new Set([id])) }),
        set: (some, isPicked) => set({ all: false, ids: isPicked ? ids.union(new Set(some)) : ids.difference(new Set(some)) }),
        pickAll: () => set({ ids: new Set(), all: true }),
        clear,
    };
}

/** What is picked and what to do with it, while something is. `total` is how many the filters name. */
export function SelectionBar({ selection, total, children }) {
    const count = selection.count(total);
    if (!count) return null;
    return html`
        <div class="selection" role="region" aria-label=${t('table-picked-label')}>
            <strong role="status">${t('table-picked', { count: number(count) })}</strong>
            ${!selection.all && count < total && html`<${Button} class="btn-link" onClick=${selection.pickAll}>${t('table-pick-all', { count: number(total) })}<//>`}
            <${Button} class="btn-link" onClick=${selection.clear}>${t('table-pick-none')}<//>
            <div class="btn-line ms-auto">${children}</div>
        </div>
    `;
}
