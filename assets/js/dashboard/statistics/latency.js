// How long good answers took: percentiles over time.
import { get, query } from '../../api.js';
import { Chart } from '../../chart.js';
import { html, useMemo } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Failure, Loading, useLoad } from '../../ui.js';
import { duration } from '../words.js';
import { names, points } from './period.js';

const LINES = [['latency', 'p50_ms', '--accent'], ['latency', 'p95_ms', '--accent-2'], ['latency', 'p99_ms', '--bad'], ['ttft', 'p50_ms', '--good']];

/** `asked` is the span, the provider and the model; percentiles are counted for nothing narrower. */
export function Latency({ asked, period, isCounted }) {
    const search = query({ ...asked, by: period.by });
    const load = useLoad(async (signal) => isCounted && get(`/admin/latency${search}`, { signal }), [JSON.stringify([asked.provider, asked.model, period.from, period.to]), isCounted]);
    if (!isCounted) return html`<${Empty} icon="gauge" title=${t('used-no-latency')} />`;
    if (load.error && !load.data) return html`<${Failure} error=${load.error} retry=${load.reload} />`;
    if (!load.data) return html`<${Loading} lines=${7} />`;
    if (!load.data.total.requests) return html`<${Empty} icon="gauge" title=${t('used-none')} />`;
    return html`<${Lines} report=${load.data} /><${Whole} total=${load.data.total} />`;
}

function Lines({ report }) {
    const [x, series] = useMemo(() => {
        const x = points(report, report.by);
        const known = new Map(report.points.map((point) => [Date.parse(point.period) / 1000, point]));
        const line = ([of, name, color]) => ({
            label: t(`used-${of}-${name.slice(0, 3)}`), color, format: duration, values: x.map((at) => known.get(at)?.[of][name] ?? null),
        });
        return [x, LINES.map(line)];
    }, [report]);
    return html`<${Chart} x=${x} series=${series} ...${names(report, report.by)} label=${t('used-shown-latency')} height=${280} />`;
}

/** The whole span, in a table. */
function Whole({ total }) {
    const names = ['p50_ms', 'p90_ms', 'p95_ms', 'p99_ms'];
    const row = (of) => html`<tr><th scope="row">${t(`used-${of}`)}</th>${names.map((name) => html`<td key=${name} class="num">${duration(total[of][name])}</td>`)}</tr>`;
    return html`
        <div class="scroll-x" tabindex="0" role="region" aria-label=${t('used-percentiles')}>
            <table class="rows">
                <thead><tr><th scope="col">${t('used-percentiles')}</th>${names.map((name) => html`<th key=${name} scope="col" class="num">${name.slice(0, 3)}</th>`)}</tr></thead>
                <tbody>${row('latency')}${row('ttft')}</tbody>
            </table>
        </div>
    `;
}
