// Requests over a day and over a month, and for which models.
import { Chart } from '../../chart.js';
import { html, useMemo } from '../../html.js';
import { number, t } from '../../i18n.js';
import { hour, shortDay } from '../../time.js';
import { Empty, Failure, Loading } from '../../ui.js';

const HOUR_SECS = 3_600;
const DAY_SECS = 86_400;
const HEIGHT = 240;

export function Charts({ charts }) {
    const shown = (Part) => {
        if (charts.data) return html`<${Part} charts=${charts.data} />`;
        return charts.error ? html`<${Failure} error=${charts.error} retry=${charts.reload} />` : html`<${Loading} lines=${6} />`;
    };
    const card = (name, width, Part) => html`
        <section class=${`card ${width}`}>
            <div class="card-head"><h2>${t(`over-${name}`)}</h2></div>
            ${shown(Part)}
        </section>
    `;
    return html`
        ${card('hours', 'span-8 span-wide', Hours)}
        ${card('models', 'span-4 span-wide', Models)}
        ${card('days', 'span-8 span-wide', Days)}
    `;
}

function Hours({ charts: { hours } }) {
    const label = (secs) => hour(secs * 1000);
    return html`<${Trend} report=${hours} step=${HOUR_SECS} count=${24} xLabel=${label} name="over-hours" />`;
}

function Days({ charts: { days } }) {
    return html`<${Trend} report=${days} step=${DAY_SECS} count=${30} xLabel=${shortDay} name="over-days" kind="bars" />`;
}

/** Answered and failed requests; where nothing was asked there is no row, but a zero. */
function Trend({ report, step, count, xLabel, name, kind }) {
    const [x, series] = useMemo(() => {
        const last = Math.floor(Date.now() / 1000 / step) * step;
        const x = Array.from({ length: count }, (_, n) => last - (count - 1 - n) * step);
        const rows = new Map(report.rows.map((row) => [Date.parse(row.period) / 1000, row]));
        const values = (field) => x.map((at) => rows.get(at)?.[field] ?? 0);
        // Bars stand one behind the other: the higher ones are all requests.
        const all = { label: t('over-requests'), values: values('requests'), color: '--accent', kind };
        return [x, [all, { label: t('over-failures'), values: values('failure'), color: '--bad', kind }]];
    }, [report]);
    return html`<${Chart} x=${x} series=${series} xLabel=${xLabel} label=${t(name)} height=${HEIGHT} />`;
}

function Models({ charts: { models } }) {
    if (!models.length) return html`<${Empty} icon="chart-bar" title=${t('over-no-models')} />`;
    return html`
        <ul class="plain stack-tight">
            ${models.map(({ id, label, requests }) => html`
                <li key=${id} class="share">
                    <span class="cut" title=${label}>${label || t('over-no-model')}</span><span class="num">${number(requests)}</span>
                    <div class="meter" aria-hidden="true"><i style=${{ width: `${(100 * requests) / models[0].requests}%` }} /></div>
                </li>
            `)}
        </ul>
    `;
}
