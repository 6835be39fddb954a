// What is in a list's card: the rows, or why there are none.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Failure, Loading } from '../../ui.js';

/** The states of a list that `load` is of; `rows` are its rows, and `empty` says what can be done. */
export function ListStates({ load, rows, isNarrow, icon, empty, hint, children }) {
    if (load.error && !load.data) return html`<${Failure} error=${load.error} retry=${load.reload} />`;
    if (!load.data) return html`<${Loading} lines=${6} />`;
    const nothing = isNarrow ? html`<${Empty} icon="search" title=${t('list-no-match')} />` : html`<${Empty} icon=${icon} title=${empty}>${hint}<//>`;
    return html`
        ${load.error && html`<div class="form-error" role="alert">${load.error.message}</div>`}
        ${rows.length ? children : nothing}
    `;
}
