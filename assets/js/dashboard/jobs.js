// Work that takes a while: how far it is, what came of it, and a way to stop it.
import { del, get } from '../api.js';
import { html, useEffect, useRef } from '../html.js';
import { number, t } from '../i18n.js';
import { Button, Dialog, Failure, Loading, useLoad } from '../ui.js';
import { useLive } from './hub.js';

const TONES = { running: '', done: 'good', cancelled: 'warn', failed: 'bad' };
const COUNTS = ['valid', 'invalid', 'unclear', 'existing', 'duplicates', 'skipped', 'added'];
const ASK_EVERY_MS = 5_000;

/** `{ data, error, reload }` of a job, kept up to date; `onEnd` is called once when it is over. */
export function useJob(id, live, onEnd) {
    const job = useLoad((signal) => get(`/admin/jobs/${id}`, { signal }), [id]);
    const isOver = useRef(false);
    const onEvent = ({ data }) => {
        if (data.id !== id || !job.data) return;
        if (data.status === 'running') job.setData({ ...job.data, progress: data.progress });
        else job.reload();
    };
    useLive(live, { topics: ['job'], onEvent, poll: job.reload });
    const status = job.data?.status;
    // A small job may be over before anything is told of it.
    useEffect(() => {
        if (status !== 'running') return undefined;
        const timer = setInterval(job.reload, ASK_EVERY_MS);
        return () => clearInterval(timer);
    }, [status, job.reload]);
    useEffect(() => {
        if (!status || status === 'running' || isOver.current) return;
        isOver.current = true;
        onEnd?.(job.data);
    }, [status]);
    return job;
}

export function JobState({ job }) {
    return html`<span class=${`tag ${TONES[job.status] && `tag-${TONES[job.status]}`}`}>${t(job.status === 'running' && job.cancelling ? 'job-stopping' : `job-${job.status}`)}</span>`;
}

/** How far it is, and a way to stop it. */
export function JobProgress({ job, onChange }) {
    const { progress, status } = job;
    const share = progress.total ? progress.done / progress.total : Number(status !== 'running');
    const stop = () => del(`/admin/jobs/${job.id}`).then(onChange);
    const shown = COUNTS.filter((name) => progress[name]);
    return html`
        <div class="stack-tight">
            <div class="spread">
                <${JobState} job=${job} />
                <span class="num" aria-live="polite">${t('job-progress', { done: number(progress.done), total: number(progress.total) })}</span>
            </div>
            <progress class="progress-line" max="1" value=${share} aria-label=${t('job-progress', { done: number(progress.done), total: number(progress.total) })} />
            ${shown.length > 0 && html`<dl class="facts">${shown.map((name) => html`<div key=${name}><dt>${t(`job-count-${name}`)}</dt><dd>${number(progress[name])}</dd></div>`)}</dl>`}
            ${job.result?.error && html`<p class="form-error">${job.result.error}</p>`}
            ${status === 'running' && html`<div class="btn-line"><${Button} icon="player-stop" disabled=${job.cancelling} onClick=${stop}>${t('job-stop')}<//></div>`}
        </div>
    `;
}

/** A job in a dialog. It goes on when the dialog is closed. */
export function JobDialog({ id, title, live, onEnd, onClose }) {
    const job = useJob(id, live, onEnd);
    return html`
        <${Dialog} title=${title} onClose=${onClose}>
            ${job.error && !job.data && html`<${Failure} error=${job.error} retry=${job.reload} />`}
            ${!job.data && !job.error && html`<${Loading} />`}
            ${job.data && html`<${JobProgress} job=${job.data} onChange=${job.reload} />`}
            ${job.data?.status === 'running' && html`<p class="text-secondary">${t('job-goes-on')}</p>`}
        <//>
    `;
}
