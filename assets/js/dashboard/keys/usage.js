// What a key was tried for and what it answered, in thirty days.
import { get } from '../../api.js';
import { Chart } from '../../chart.js';
import { html, useMemo } from '../../html.js';
import { compact, number, percent, t } from '../../i18n.js';
import { shortDay, Time } from '../../time.js';
import { Failure, Loading, useLoad } from '../../ui.js';
import { Link } from '../place.js';
import { duration } from '../words.js';

const DAYS = 30;
const DAY_SECS = 86_400;
const MODELS = 5;
const NONE = { attempts: 0, failed: 0, requests: 0, success: 0, tokens: 0, ms: 0 };

export function KeyUsage({ id, row }) {
    const usage = useLoad((signal) => get(`/admin/api-keys/${id}/stats?days=${DAYS}`, { signal }).then(({ days }) => days), [id]);
    return html`
        <section class="stack-tight">
            <div class="spread"><h3>${t('usage30-title')}</h3><${Link} href=${`/dashboard/requests?key=${id}`}>${t('usage30-requests')}<//></div>
            ${usage.error && !usage.data && html`<${Failure} error=${usage.error} retry=${usage.reload} />`}
            ${!usage.data && !usage.error && html`<${Loading} lines=${5} />`}
            ${usage.data && html`<${Used} rows=${usage.data} row=${row} />`}
        </section>
    `;
}

function Used({ rows, row }) {
    const [x, series] = useMemo(() => {
        const today = Math.floor(Date.now() / 1000 / DAY_SECS) * DAY_SECS;
        const x = Array.from({ length: DAYS }, (_, n) => today - (DAYS - 1 - n) * DAY_SECS);
        const sums = summed(rows, (one) => Date.parse(one.day) / 1000);
        return [x, [{ label: t('usage30-attempts'), values: x.map((at) => sums.get(at)?.attempts ?? 0), color: '--accent', kind: 'bars' }]];
    }, [rows]);
    const all = summed(rows, () => 'all').get('all') ?? { ...NONE };
    const judged = all.success + all.failed;
    const models = [...summed(rows, (one) => one.model)].toSorted(([, a], [, b]) => b.attempts - a.attempts).slice(0, MODELS);
    return html`
        <dl class="facts">
            <div><dt>${t('usage30-attempts')}</dt><dd>${number(all.attempts)}</dd></div>
            <div><dt>${t('usage30-answers')}</dt><dd>${number(all.success)}</dd></div>
            <div><dt>${t('usage30-failed')}</dt><dd>${number(all.failed)}</dd></div>
            <div><dt>${t('keys-success')}</dt><dd>${judged ? percent((100 * all.success) / judged) : '–'}</dd></div>
            <div><dt>${t('usage30-tokens')}</dt><dd>${compact(all.tokens)}</dd></div>
            <div><dt>${t('usage30-latency')}</dt><dd>${all.requests ? duration(Math.round(all.ms / all.requests)) : '–'}</dd></div>
            <div><dt>${t('keys-used')}</dt><dd><${Time} at=${row.last_used} as="relative" /></dd></div>
        </dl>
        ${all.attempts > 0 && html`<${Chart} x=${x} series=${series} xLabel=${shortDay} label=${t('usage30-title')} height=${150} />`}
        ${models.length > 0 && html`<ul class="plain stack-tight">${models.map(([model, sums]) => html`
            <li key=${model} class="share"><span class="cut" title=${model}>${model}</span><span class="num">${number(sums.attempts)}</span></li>
        `)}</ul>`}
    `;
}

function summed(rows, name) {
    const sums = new Map();
    for (const row of rows) {
        const sum = sums.get(name(row)) ?? { ...NONE };
        sums.set(name(row), sum);
        sum.requests += row.requests;
        sum.success += row.success;
        sum.attempts += row.attempts;
        sum.failed += row.failed_attempts;
        sum.tokens += row.prompt_tokens + row.completion_tokens;
        sum.ms += row.latency_ms_mean * row.requests;
    }
    return sums;
}
