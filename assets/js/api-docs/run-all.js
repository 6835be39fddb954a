// All templates, one after the other: does the model do what it should?
import { html, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Button } from '../ui.js';
import { ask } from './ask.js';

export function RunAll({ where, templates }) {
    const [runs, setRuns] = useState({});
    const [isRunning, setRunning] = useState(false);
    const stopper = useRef();
    const start = async () => {
        stopper.current = new AbortController();
        const { signal } = stopper.current;
        setRunning(true);
        setRuns({});
        for (const template of templates) {
            if (signal.aborted) break;
            await ask(where, template, signal, (run) => setRuns((known) => ({ ...known, [template.id]: run })));
        }
        setRunning(false);
    };
    if (!templates.length) return null;
    return html`
        <section class="card">
            <div class="card-head">
                <h2>${t('run-all')}</h2>
                ${isRunning
                    ? html`<${Button} icon="player-stop" onClick=${() => stopper.current.abort()}>${t('playground-stop')}<//>`
                    : html`<${Button} icon="player-play" disabled=${!where.token || !where.model} onClick=${() => void start()}>${t('run-all-start', { count: templates.length })}<//>`}
            </div>
            <ul class="plain">
                ${templates.map(({ id, label }) => html`<li key=${id} class="line"><div class="line-text"><strong>${label}</strong>
                    <div class="text-secondary cut">${runs[id]?.text || runs[id]?.error}</div></div><${State} run=${runs[id]} /></li>`)}
            </ul>
        </section>
    `;
}

function State({ run }) {
    if (!run) return null;
    if (!run.done) return html`<span class="spinner" role="status" aria-label=${t('loading-now')} />`;
    if (run.stopped) return html`<span class="tag">${t('run-stopped')}</span>`;
    if (run.error) return html`<span class="tag tag-bad">${t('run-failed')}</span>`;
    return html`<span class="tag tag-good">${t('playground-ms', { ms: number(Math.round(run.wholeMs)) })}</span>`;
}
