// Requests and tokens over time.
import { Chart } from '../../chart.js';
import { html, useMemo } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Failure, Loading } from '../../ui.js';
import { names, points } from './period.js';

const SERIES = {
    requests: [['success', '--accent'], ['failure', '--bad'], ['client_errors', '--warn'], ['refused', '--accent-2'], ['cancelled', '--ink-2']],
    tokens: [['prompt_tokens', '--accent'], ['completion_tokens', '--accent-2']],
};

export function Course({ load, shown }) {
    const report = load.data;
    if (load.error && !report) return html`<${Failure} error=${load.error} retry=${load.reload} />`;
    if (!report) return html`<${Loading} lines=${7} />`;
    if (!report.total.requests) return html`<${Empty} icon="chart-bar" title=${t('used-none')}>${t('used-none-hint')}<//>`;
    return html`<${Lines} report=${report} shown=${shown} />`;
}

function Lines({ report, shown }) {
    const [x, series] = useMemo(() => {
        const x = points(report, report.by);
        const known = new Map(report.rows.map((row) => [Date.parse(row.period) / 1000, row]));
        const line = ([name, color]) => ({
            label: t(`used-line-${name.replace('_', '-')}`), color, values: x.map((at) => known.get(at)?.[name] ?? 0),
        });
        return [x, SERIES[shown].map(line)];
    }, [report, shown]);
    return html`<${Chart} x=${x} series=${series} ...${names(report, report.by)} label=${t(`used-shown-${shown}`)} height=${280} />`;
}
