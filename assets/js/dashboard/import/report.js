// What came of an import.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Button, confirm, Failure, Loading, toast } from '../../ui.js';
import { JobProgress, useJob } from '../jobs.js';
import { Link } from '../place.js';
import { lineReason } from './words.js';

/** What a line can come to, each with its colour; together they are all lines. */
const PARTS = [['added', 'good'], ['existing', 'accent'], ['duplicates', 'ink-2'], ['failed', 'bad'], ['skipped', 'warn']];

/** How many lines are shown one by one. */
const SHOWN = 100;

export function Report({ report, onUndone }) {
    const [isUndone, setUndone] = useState(false);
    const undo = async () => {
        if (await undoImport(report.import_id, report.added)) {
            setUndone(true);
            onUndone();
        }
    };
    return html`
        <section class="card stack">
            <h2>${t(report.dry_run ? 'report-dry' : 'report-title')}</h2>
            ${report.dry_run && html`<p class="text-secondary">${t('report-dry-hint')}</p>`}
            <${Sum} report=${report} />
            <${Lines} title=${t('report-lines')} lines=${report.details} />
            ${report.import_id && html`
                <div class="btn-line">
                    ${report.added > 0 && !isUndone && html`<${Link} class="btn" href=${`/dashboard/keys?import_id=${report.import_id}`}>${t('report-keys')}<//>`}
                    ${report.added > 0 && html`<${Button} icon="history" disabled=${isUndone} onClick=${undo}>${t(isUndone ? 'undo-was' : 'undo')}<//>`}
                </div>
            `}
        </section>
    `;
}

/** The numbers, which add up to all lines. */
function Sum({ report }) {
    return html`
        <p><strong>${t('report-total', { count: report.total })}</strong></p>
        <div class="meter shares" aria-hidden="true">
            ${PARTS.map(([name, tone]) => html`<i key=${name} style=${{ width: `${(100 * report[name]) / (report.total || 1)}%`, background: `var(--${tone})` }} />`)}
        </div>
        <dl class="sum">
            ${PARTS.map(([name, tone]) => html`
                <div key=${name}><dt><i style=${{ background: `var(--${tone})` }} />${t(`report-${name}`)}</dt><dd class="num">${number(report[name])}</dd></div>
            `)}
            <div class="sum-total"><dt>${t('report-sum')}</dt><dd class="num">${number(PARTS.reduce((sum, [name]) => sum + report[name], 0))}</dd></div>
        </dl>
    `;
}

function Lines({ title, lines }) {
    if (!lines?.length) return null;
    return html`
        <details class="more" open=${lines.length <= 10}>
            <summary>${title} (${number(lines.length)})</summary>
            <div class="scroll-x" tabindex="0" role="region" aria-label=${title}>
                <table class="rows">
                    <thead><tr><th scope="col" class="num">${t('report-line')}</th><th scope="col">${t('report-why')}</th></tr></thead>
                    <tbody>${lines.slice(0, SHOWN).map(({ line, reason }) => html`<tr key=${line}><td class="num">${number(line)}</td><td>${lineReason(reason)}</td></tr>`)}</tbody>
                </table>
            </div>
        </details>
    `;
}

/** An import whose keys are asked for first: how far it is, then what came of it. */
export function ValidatedReport({ id, live, onEnd }) {
    const job = useJob(id, live, onEnd);
    return html`
        <section class="card stack">
            <h2>${t('report-validated')}</h2>
            ${job.error && !job.data && html`<${Failure} error=${job.error} retry=${job.reload} />`}
            ${!job.data && !job.error && html`<${Loading} />`}
            ${job.data && html`<${JobProgress} job=${job.data} onChange=${job.reload} />`}
            ${job.data?.result && html`
                <${Lines} title=${t('job-count-invalid')} lines=${job.data.result.invalid} />
                <${Lines} title=${t('job-count-unclear')} lines=${job.data.result.unclear} />
            `}
        </section>
    `;
}

/** Asks, then deletes what an import has brought; whether it was really meant. */
export async function undoImport(id, count) {
    const text = t('undo-text', { id, count: number(count) });
    if (!(await confirm({ title: t('undo'), text, action: t('undo') }))) return false;
    const { deleted } = await post(`/admin/imports/${id}/undo`);
    toast(t('bulk-deleted', { count: number(deleted) }));
    return true;
}
