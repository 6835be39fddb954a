// Checks and imports that take a while, of everybody.
import { get } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { useLoad } from '../../ui.js';
import { JobDialog, JobState } from '../jobs.js';

const SHOWN = 5;

export const useJobs = () => useLoad((signal) => get(`/admin/jobs?pageSize=${SHOWN}`, { signal }).then(({ jobs }) => jobs));

/** The newest ones; there is nothing to see while there are none. */
export function Jobs({ jobs, live, onEnd }) {
    const [open, setOpen] = useState();
    if (!jobs.data?.length) return null;
    return html`
        <section class="card span-12">
            <div class="card-head"><h2>${t('jobs-title')}</h2></div>
            <ul class="plain">
                ${jobs.data.map((job) => html`
                    <li key=${job.id} class="line">
                        <div class="line-text">
                            <button type="button" class="open" onClick=${() => setOpen(job)}><strong>${title(job)}</strong></button><${JobState} job=${job} />
                            <div class="text-secondary">${job.actor} · <${Time} at=${job.created_at} as="relative" /></div>
                        </div>
                        <span class="num">${t('job-progress', { done: number(job.progress.done), total: number(job.progress.total) })}</span>
                    </li>
                `)}
            </ul>
        </section>
        ${open && html`<${JobDialog} key=${open.id} id=${open.id} title=${title(open)} live=${live} onEnd=${onEnd} onClose=${() => setOpen(undefined)} />`}
    `;
}

const title = ({ kind }) => t(`job-kind-${kind.replaceAll('_', '-')}`);
