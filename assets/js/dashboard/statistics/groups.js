// A row for each model, key, token, user or provider.
import { html } from '../../html.js';
import { compact, number, percent, t } from '../../i18n.js';
import { Empty, Pagination } from '../../ui.js';
import { ColumnChoice, useColumns } from '../columns.js';
import { DataTable } from '../table.js';
import { duration } from '../words.js';

const PAGE = 50;

const columns = (group) => {
    const numeric = (name, cell, extra) => ({ name, sort: name, num: true, extra, label: t(`used-col-${name.replaceAll('_', '-')}`), cell });
    const spread = (name) => numeric(name, (row) => duration(row[name]), !['latency_p50_ms', 'latency_p95_ms', 'ttft_p50_ms'].includes(name));
    const spreads = ['latency_p50_ms', 'latency_p95_ms', 'latency_p99_ms', 'ttft_p50_ms', 'ttft_p95_ms', 'ttft_p99_ms'];
    if (group === 'reason') {
        return [
            { name: 'label', sort: 'label', label: t('used-of-reason'), cell: (row) => html`<code>${row.label}</code>` },
            numeric('refused', (row) => number(row.refused)),
        ];
    }
    return [
        { name: 'label', sort: 'label', label: t(`used-of-${group}`), cell: (row) => html`<span class="cut" title=${row.label}>${row.label}</span>` },
        numeric('requests', (row) => number(row.requests)),
        numeric('success_rate', (row) => (row.success + row.failure ? percent(row.success_rate) : '–')),
        numeric('failure', (row) => number(row.failure)),
        numeric('client_errors', (row) => number(row.client_errors)),
        numeric('refused', (row) => number(row.refused)),
        numeric('cancelled', (row) => number(row.cancelled), true),
        numeric('status_429', (row) => number(row.status_429), true),
        numeric('status_5xx', (row) => number(row.status_5xx), true),
        numeric('attempts', (row) => number(row.attempts), group !== 'key'),
        numeric('failed_attempts', (row) => number(row.failed_attempts), group !== 'key'),
        numeric('prompt_tokens', (row) => html`<span title=${number(row.prompt_tokens)}>${compact(row.prompt_tokens)}</span>`),
        numeric('completion_tokens', (row) => html`<span title=${number(row.completion_tokens)}>${compact(row.completion_tokens)}</span>`),
        numeric('avg_latency_ms', (row) => duration(row.avg_latency_ms), group === 'model' || group === 'provider'),
        numeric('avg_ttft_ms', (row) => duration(row.avg_ttft_ms), group === 'model' || group === 'provider'),
        ...(group === 'model' || group === 'provider' ? spreads.map(spread) : []),
    ];
};

/** Ordered here: the report has come as a whole. `onOpen` is told which row is pressed. */
export function Groups({ rows, group, filters, change, onOpen, isLoading }) {
    const [shown, choice] = useColumns(`used.${group}`, columns(group));
    if (!rows.length && group === 'reason') return html`<${Empty} icon="chart-bar" title=${t('used-none-refused')} />`;
    if (!rows.length) return html`<${Empty} icon="chart-bar" title=${t('used-none')}>${t('used-none-hint')}<//>`;
    const [page, pages] = [Number(filters.page), Math.ceil(rows.length / PAGE)];
    const some = ordered(rows, filters.sort).slice((page - 1) * PAGE, page * PAGE);
    return html`
        <div class="filters spread"><p class="note">${t(group === 'reason' ? 'used-press-reason' : 'used-press')}</p><${ColumnChoice} ...${choice} /></div>
        <${DataTable} label=${t(`used-by-${group}`)} columns=${shown} rows=${some} isLoading=${isLoading} sort=${filters.sort}
            onSort=${(sort) => change({ sort })} onOpen=${({ id }) => onOpen(id)} />
        <${Pagination} page=${page} totalPages=${pages} total=${rows.length} onPage=${(next) => change({ page: next })} />
    `;
}

function ordered(rows, sort) {
    const [name, sign] = sort.startsWith('-') ? [sort.slice(1), -1] : [sort, 1];
    const compare = (a, b) => (name === 'label' ? a.label.localeCompare(b.label) : (a[name] ?? -1) - (b[name] ?? -1));
    return rows.toSorted((a, b) => sign * compare(a, b));
}
