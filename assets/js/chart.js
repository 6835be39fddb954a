// Charts by uPlot, in the page's colours, with the values under the pointer.
import uPlot from '../vendor/uplot.js';
import { html, useEffect, useRef } from './html.js';
import { compact, language, number } from './i18n.js';

const LABEL_WIDTH = 72;
/** There is room for half of the first label, too, which stands below it. */
const VALUE_WIDTH = 48;
const sheet = new URL('../vendor/uplot.css', import.meta.url).pathname;
let styled = false;

/**
 * A chart over time. `x` are seconds since 1970 or positions; `series` of
 * `{ label, values, color, kind: 'line' | 'bars', format }` where `color` is a variable of the
 * style sheet. `xLabel(x)` says what a position is, in up to `xWidth` pixels. `label` says what the
 * chart shows.
 */
export function Chart({ x, series, xLabel, xWidth = LABEL_WIDTH, label, height = 220 }) {
    const root = useRef();
    useEffect(() => {
        addStyle();
        const place = root.current;
        let plot;
        const draw = () => {
            plot?.destroy();
            plot = new uPlot(options(place, { x, series, xLabel, xWidth, height }), [x, ...series.map((one) => one.values)], place);
        };
        draw();
        const resized = new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height }));
        resized.observe(place);
        document.addEventListener('pool:themed', draw);
        return () => {
            document.removeEventListener('pool:themed', draw);
            resized.disconnect();
            plot.destroy();
        };
    }, [x, series, height]);
    return html`
        <figure class="chart" aria-label=${label}>
            <figcaption>${series.map((one) => html`<span key=${one.label}><i style=${{ background: `var(${one.color})` }} />${one.label}</span>`)}</figcaption>
            <div ref=${root} aria-hidden="true" style=${{ height: `${height}px` }} />
            <${Table} x=${x} series=${series} xLabel=${xLabel} label=${label} />
        </figure>
    `;
}

/** The same for those who can't see it. */
function Table({ x, series, xLabel, label }) {
    const row = (at, n) => html`<tr key=${at}><th scope="row">${xLabel(at)}</th>${series.map((one) => html`<td key=${one.label}>${number(one.values[n])}</td>`)}</tr>`;
    return html`
        <div class="visually-hidden">
            <table><caption>${label}</caption>
                <thead><tr><td />${series.map((one) => html`<th key=${one.label} scope="col">${one.label}</th>`)}</tr></thead>
                <tbody>${x.map(row)}</tbody>
            </table>
        </div>
    `;
}

function addStyle() {
    if (styled) return;
    styled = true;
    const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href: sheet });
    document.head.append(link);
}

function options(root, { x, series, xLabel, xWidth, height }) {
    const color = (name) => getComputedStyle(root).getPropertyValue(name).trim();
    const [ink, lines] = [color('--ink-2'), color('--line')];
    const grid = { stroke: lines, width: 1 };
    const font = `12px ${getComputedStyle(root).fontFamily}`;
    return {
        width: root.clientWidth,
        height,
        legend: { show: false },
        cursor: { y: false, points: { size: 7 } },
        scales: { x: { time: false, range: ends(x, series) }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, 4)] } },
        axes: [
            { stroke: ink, grid: { show: false }, ticks: { show: false }, font, size: 32, splits: (plot) => some(x, plot.width, xWidth), values: (_, at) => at.map(xLabel) },
            { stroke: ink, grid, ticks: { show: false }, font, size: Math.max(VALUE_WIDTH, xWidth / 2), values: (_, at) => at.map(compact) },
        ],
        series: [{}, ...series.map((one) => lineOf(one, color))],
        plugins: [tooltip(xLabel, series)],
        locale: language,
    };
}

/** From the first position to the last; bars need half a step more. */
function ends(x, series) {
    const [first, last] = [x[0], x.at(-1)];
    const more = series.some(({ kind }) => kind === 'bars') ? (x[1] - first || 1) / 2 : 0;
    return [first - more, last + more];
}

/** So many positions as there is room for labels. */
function some(x, width, each) {
    const step = Math.ceil((x.length * each) / Math.max(width, each));
    return x.filter((_, n) => n % step === 0);
}

function lineOf({ label, color: name, kind = 'line' }, color) {
    const stroke = color(name);
    if (kind === 'bars') {
        return { label, stroke, fill: stroke, width: 0, points: { show: false }, paths: uPlot.paths.bars({ size: [0.6, 28], radius: 0.2 }) };
    }
    return { label, stroke, fill: `color-mix(in srgb, ${stroke} 12%, transparent)`, width: 2, points: { show: false }, paths: uPlot.paths.spline() };
}

/** The values at the pointer, in a box beside it. */
function tooltip(xLabel, series) {
    let box;
    const init = (plot) => {
        box = document.createElement('div');
        box.className = 'chart-tip';
        box.hidden = true;
        plot.over.append(box);
    };
    const setCursor = (plot) => {
        const { left, idx } = plot.cursor;
        box.hidden = idx === null || idx === undefined || left < 0;
        if (box.hidden) return;
        const lines = series.map((one) => `${one.label}: ${(one.format ?? number)(one.values[idx])}`);
        box.textContent = [xLabel(plot.data[0][idx]), ...lines].join('\n');
        const overflow = left + box.offsetWidth + 16 > plot.over.clientWidth;
        box.style.left = `${overflow ? left - box.offsetWidth - 8 : left + 12}px`;
    };
    return { hooks: { init, setCursor } };
}
