// What one's key was used for, by day and by model.
import { Chart } from '../chart.js';
import { html, useMemo } from '../html.js';
import { compact, number, percent, t } from '../i18n.js';
import { shortDay } from '../time.js';
import { Empty, Failure, Loading, Select } from '../ui.js';

const DAY_MS = 86_400_000;
const SPANS = [7, 30, 90];

export function Usage({ usage, days, setDays }) {
    const options = SPANS.map((count) => [String(count), t('usage-days', { count })]);
    return html`
        <section class="card span-8 span-wide">
            <div class="card-head">
                <h2>${t('usage-title')}</h2>
                <${Select} bare label=${t('usage-span')} value=${String(days)} options=${options} onInput=${(text) => setDays(Number(text))} />
            </div>
            ${usage.error && !usage.data && html`<${Failure} error=${usage.error} retry=${usage.reload} />`}
            ${!usage.data && !usage.error && html`<${Loading} lines=${6} />`}
            ${usage.data && html`<${Days} usage=${usage.data} days=${days} />`}
        </section>
        <section class="card span-4 span-wide">
            <div class="card-head"><h2>${t('usage-models')}</h2></div>
            ${usage.data ? html`<${Models} models=${usage.data.models} />` : html`<${Loading} />`}
        </section>
    `;
}

function Days({ usage: { days: known, total }, days }) {
    const [x, series] = useMemo(() => {
        const today = Math.floor(Date.now() / DAY_MS);
        const x = Array.from({ length: days }, (_, n) => (today - days + 1 + n) * 86_400);
        const byDay = new Map(known.map((one) => [Date.parse(one.day) / 1000, one]));
        const values = x.map((at) => byDay.get(at)?.requests ?? 0);
        return [x, [{ label: t('usage-requests'), values, color: '--accent', kind: 'bars' }]];
    }, [known, days]);
    const answered = total.success + total.failure;
    return html`
        <div class="stack">
            <dl class="facts">
                <div><dt>${t('usage-requests')}</dt><dd>${number(total.requests)}</dd></div>
                <div><dt>${t('usage-success')}</dt><dd>${answered ? percent(total.success_rate) : '–'}</dd></div>
                <div><dt>${t('usage-failed')}</dt><dd>${number(total.failure)}</dd></div>
                <div><dt>${t('usage-own')}</dt><dd>${number(total.client_errors)}</dd></div>
                <div><dt>${t('usage-refused')}</dt><dd>${number(total.refused)}</dd></div>
                <div><dt>${t('usage-prompt')}</dt><dd>${compact(total.prompt_tokens)}</dd></div>
                <div><dt>${t('usage-completion')}</dt><dd>${compact(total.completion_tokens)}</dd></div>
            </dl>
            <${Chart} x=${x} series=${series} xLabel=${shortDay} label=${t('usage-title')} height=${200} />
        </div>
    `;
}

function Models({ models }) {
    if (!models.length) return html`<${Empty} icon="message-circle" title=${t('usage-none')}><a href="#connect">${t('usage-none-hint')}</a><//>`;
    const most = models[0].requests;
    return html`
        <ul class="plain stack-tight models">
            ${models.map(({ model, requests, total_tokens: tokens }) => html`
                <li key=${model} class="share">
                    <span class="cut" title=${model}>${model}</span>
                    <span class="num" title=${t('usage-tokens', { tokens: number(tokens) })}>${number(requests)}</span>
                    <div class="meter" aria-hidden="true"><i style=${{ width: `${(100 * requests) / most}%` }} /></div>
                </li>
            `)}
        </ul>
    `;
}
