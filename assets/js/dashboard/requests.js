// Single requests with what was tried for them: those that were, and new ones as they end.
import { get } from '../api.js';
import { html, useMemo, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Button, Empty, Failure, Loading, useLoad } from '../ui.js';
import { useFilters } from './filters.js';
import { requestColumns } from './requests/columns.js';
import { RequestDetails } from './requests/details.js';
import { RequestFilters, USUAL } from './requests/filters.js';
import { useRequests, useTail } from './requests/load.js';
import { DataTable } from './table.js';

const TOKENS_MAX = 200;

export function Requests({ provider, live }) {
    const [{ open, ...filters }, change, isNarrow] = useFilters(USUAL);
    const [isPaused, setPaused] = useState(false);
    const tokens = useLoad((signal) => get(`/admin/tokens?pageSize=${TOKENS_MAX}`, { signal }).then((answer) => answer.tokens));
    const names = useMemo(() => new Map(tokens.data?.map(({ id, name }) => [id, name])), [tokens.data]);
    const list = useRequests(provider, filters);
    const tail = useTail(live, provider, filters, isPaused, list);
    const rows = [...tail.rows, ...list.rows.filter(({ id }) => !tail.ids.has(id))];
    const columns = requestColumns(names);
    return html`
        <section class="card">
            <div class="card-head">
                <${RequestFilters} filters=${filters} change=${change} tokens=${tokens.data ?? []} onClear=${isNarrow && (() => change(USUAL))} />
                <${Button} icon=${isPaused ? 'player-play' : 'player-pause'} aria-pressed=${isPaused} onClick=${() => setPaused(!isPaused)}>
                    ${isPaused ? t('tail-go-on', { count: number(tail.waiting) }) : t('tail-pause')}
                <//>
            </div>
            ${list.data && !list.data.logging && html`<p class="form-note" role="status">${t('requests-off')}</p>`}
            ${list.data?.dropped > 0 && html`<p class="form-note" role="status">${t('requests-dropped', { count: list.data.dropped })}</p>`}
            ${list.error && !rows.length && html`<${Failure} error=${list.error} retry=${list.reload} />`}
            ${!list.data && !list.error && html`<${Loading} lines=${8} />`}
            ${list.data && !rows.length && html`<${Empty} icon="route" title=${t(isNarrow ? 'requests-no-match' : 'requests-none')} />`}
            ${rows.length > 0 && html`<${DataTable} label=${t('tab-requests')} columns=${columns} rows=${rows} isLoading=${list.isLoading}
                onOpen=${({ request_id: id }) => change({ open: id })} />`}
            ${list.next && html`<div class="btn-line more-line"><${Button} icon="arrow-down" onClick=${list.more}>${t('requests-more')}<//></div>`}
        </section>
        ${open && html`<${RequestDetails} key=${open} id=${open} onClose=${() => change({ open: '' })} />`}
    `;
}
