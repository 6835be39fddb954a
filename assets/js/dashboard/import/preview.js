// The first lines, and what the service reads in them, before anything is stored.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Failure, Loading, useLoad } from '../../ui.js';
import { bring } from './send.js';
import { lineReason } from './words.js';

const LINES = 10;
const BYTES = 16_384;
const TYPING_MS = 500;

export function Preview({ source, options }) {
    const shown = useLoad((signal) => look(source, options, signal), [source, options]);
    return html`
        <section class="card">
            <div class="card-head"><h2>${t('preview-title')}</h2></div>
            ${shown.error && html`<${Failure} error=${shown.error} retry=${shown.reload} />`}
            ${!shown.error && !shown.data && html`<${Loading} />`}
            ${!shown.error && shown.data && html`<${Lines} seen=${shown.data} />`}
        </section>
    `;
}

async function look(source, options, signal) {
    await new Promise((resolve) => setTimeout(resolve, TYPING_MS));
    signal.throwIfAborted();
    const start = source.file ? await source.file.slice(0, BYTES).text() : source.text.slice(0, BYTES);
    const isWhole = source.file ? source.file.size <= BYTES : source.text.length <= BYTES;
    if (!start.trim()) return {};
    const all = start.split(/\r\n|\n|\r/);
    // The last line may be cut.
    const lines = (isWhole ? all : all.slice(0, -1)).slice(0, LINES);
    // A JSON document is no list of lines.
    if (/^\s*\[/.test(start)) return { isDocument: true };
    const report = await bring({ text: lines.join('\n') }, options, true, signal);
    return { lines, report };
}

function Lines({ seen: { isDocument, lines, report } }) {
    if (isDocument) return html`<${Empty} icon="code" title=${t('preview-document')}>${t('preview-document-hint')}<//>`;
    if (!lines) return html`<${Empty} icon="file-import" title=${t('preview-none')}>${t('preview-none-hint')}<//>`;
    const left = new Map(report.details.map(({ line, reason }) => [line, reason]));
    const filled = lines.filter((line) => line.trim()).length;
    // A table's first line names its columns, and isn't counted.
    const hasHead = report.total === filled - 1;
    const told = (line, n) => {
        if (!line.trim()) return ['', ''];
        if (hasHead && n === 0) return ['', t('preview-head')];
        return left.has(n + 1) ? ['warn', lineReason(left.get(n + 1))] : ['good', t('preview-new')];
    };
    return html`
        <p class="text-secondary">${t('preview-lead', { count: lines.length })}</p>
        <div class="scroll-x" tabindex="0" role="region" aria-label=${t('preview-title')}>
            <table class="rows preview">
                <thead><tr><th scope="col">${t('report-line')}</th><th scope="col">${t('preview-text')}</th><th scope="col">${t('preview-read')}</th></tr></thead>
                <tbody>${lines.map((line, n) => {
                    const [tone, text] = told(line, n);
                    return html`<tr key=${n}><td class="num">${n + 1}</td><td><code class="cut">${masked(line)}</code></td>
                        <td>${text && html`<span class=${tone && `text-${tone}`}>${text}</span>`}</td></tr>`;
                })}</tbody>
            </table>
        </div>
    `;
}

/** Whoever looks over a shoulder sees no key. */
const masked = (line) => line.replaceAll(/[\w.+/=-]{14,}/g, (word) => (word.includes('----') ? word.split('----').map(mask).join('----') : mask(word)));
const mask = (word) => (word.length < 14 ? word : `${word.slice(0, 4)}…${word.slice(-4)}`);
