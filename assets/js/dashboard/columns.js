// Which columns of a table are shown, which this browser remembers.
import { html, useRef } from '../html.js';
import { t } from '../i18n.js';
import { Icon } from '../ui.js';
import { useRemembered } from './place.js';

/**
 * `[shown, ColumnChoice's props]` of these columns; the first is always there, those with `extra`
 * only if they are asked for.
 */
export function useColumns(name, columns) {
    const usual = columns.filter((column) => !column.extra).map((column) => column.name).join();
    const [chosen, choose] = useRemembered(`columns.${name}`, usual);
    const names = chosen.split(',');
    const isShown = (column, n) => n === 0 || names.includes(column.name);
    const toggle = (column) => {
        const next = names.includes(column.name) ? names.filter((one) => one !== column.name) : [...names, column.name];
        choose(next.join());
    };
    return [columns.filter(isShown), { columns: columns.slice(1), isShown: (column) => isShown(column), toggle }];
}

export function ColumnChoice({ columns, isShown, toggle }) {
    const root = useRef();
    const leave = (event) => {
        if (!root.current.contains(event.relatedTarget)) root.current.open = false;
    };
    const onKey = (event) => {
        if (event.key !== 'Escape' || !root.current.open) return;
        event.preventDefault();
        root.current.open = false;
        root.current.querySelector('summary').focus();
    };
    return html`
        <details class="choice" ref=${root} onFocusOut=${leave} onKeyDown=${onKey}>
            <summary class="btn"><${Icon} name="list-details" /><span>${t('table-columns')}</span></summary>
            <fieldset class="choice-list">
                <legend class="visually-hidden">${t('table-columns')}</legend>
                ${columns.map((column) => html`
                    <label key=${column.name} class="choice-item">
                        <input type="checkbox" class="form-check-input" checked=${isShown(column)} onChange=${() => toggle(column)} />${column.label}
                    </label>
                `)}
            </fieldset>
        </details>
    `;
}
