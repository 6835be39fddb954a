// Many keys at once: what they would become, bringing them in, and taking them out again.
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Failure, toast } from '../ui.js';
import { useFresh } from './hub.js';
import { History, useHistory } from './import/history.js';
import { Jobs, useJobs } from './import/jobs.js';
import { KEPT, Options, usual } from './import/options.js';
import { Preview } from './import/preview.js';
import { Report, ValidatedReport } from './import/report.js';
import { bring, check } from './import/send.js';
import { Source } from './import/source.js';

export function Import({ provider, providers, live }) {
    const [source, setSource] = useState({ text: '' });
    const [options, setOptions] = useState(() => usual(provider, providers));
    const [outcome, setOutcome] = useState();
    const history = useHistory();
    const jobs = useJobs();
    useFresh(live, ['job'], () => {
        history.reload();
        jobs.reload();
    }, 2_000);
    const choose = (source) => {
        setSource(source);
        setOutcome(undefined);
    };
    const ended = () => {
        history.reload();
        jobs.reload();
    };
    const run = async (isDry) => {
        try {
            if (options.validate && !isDry) setOutcome({ job: await check(source, options) });
            else setOutcome({ report: await bring(source, options, isDry) });
        } catch (error) {
            setOutcome({ error });
            return;
        }
        ended();
        if (isDry) return;
        if (!options.validate) toast(t('import-done'));
        setSource({ text: '' });
        setOptions((old) => ({ ...usual(provider, providers), ...Object.fromEntries(KEPT.map((name) => [name, old[name]])) }));
    };
    const isEmpty = !source.file && !source.text.trim();
    return html`
        <div class="grid">
            <section class="card span-7 span-wide stack">
                <h2>${t('import-source')}</h2>
                <${Source} source=${source} onChange=${choose} />
                <${Options} options=${options} providers=${providers} onChange=${setOptions} />
                <div class="btn-line form-end">
                    <${Button} icon="eye" disabled=${isEmpty} onClick=${() => run(true)}>${t('import-dry')}<//>
                    <${Button} kind="primary" icon="file-import" disabled=${isEmpty} onClick=${() => run(false)}>${t(options.validate ? 'import-validate' : 'import-now')}<//>
                </div>
            </section>
            <div class="span-5 span-wide stack" aria-live="polite">
                ${outcome?.error && html`<section class="card"><${Failure} error=${outcome.error} /></section>`}
                ${outcome?.report && html`<${Report} report=${outcome.report} onUndone=${ended} />`}
                ${outcome?.job && html`<${ValidatedReport} key=${outcome.job} id=${outcome.job} live=${live} onEnd=${ended} />`}
                ${!outcome && html`<${Preview} source=${source} options=${options} />`}
            </div>
            <${Jobs} jobs=${jobs} live=${live} onEnd=${ended} />
            <${History} history=${history} />
        </div>
    `;
}
