// Asks a model, and shows the answer as it comes.
import { call, get } from '../api.js';
import { html, useRef, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { hasShownToken, mayBeSignedIn } from '../session.js';
import { Button, Failure, Field, Icon, Loading, Select, Switch, useLoad } from '../ui.js';
import { ask } from './ask.js';
import { RunAll } from './run-all.js';

const MODEL = 'pool.playground_model';
const BLANK = { systemPrompt: '', userMessage: '', temperature: 0.7, stream: true };

export function Playground() {
    const [token, setToken] = useState('');
    const [provider, setProvider] = useState('');
    const [model, setModel] = useState(localStorage.getItem(MODEL) ?? '');
    const [question, setQuestion] = useState(BLANK);
    const config = useLoad((signal) => get('/api/auth/config', { signal }));
    const providers = config.data?.providers ?? [];
    const at = provider || providers[0];
    const models = useLoad((signal) => (at ? listModels(at, signal) : Promise.resolve([])), [at]);
    const templates = useLoad((signal) => get('/api/test-templates', { signal }).then(({ templates }) => templates));
    const change = (part) => setQuestion({ ...question, ...part });
    const choose = (name) => {
        localStorage.setItem(MODEL, name);
        setModel(name);
    };
    const chosen = model || models.data?.[0] || '';
    if (config.error) return html`<div class="card"><${Failure} error=${config.error} retry=${config.reload} /></div>`;
    if (!config.data) return html`<div class="card"><${Loading} lines=${6} /></div>`;
    return html`
        <div class="grid">
            <section class="card span-5 span-wide stack">
                <h2>${t('playground-question')}</h2>
                <${TokenField} token=${token} setToken=${setToken} />
                ${providers.length > 1 && html`<${Select} label=${t('playground-provider')} value=${at} options=${providers.map((id) => [id, id])} onInput=${setProvider} />`}
                <${Field} label=${t('playground-model')} hint=${models.error?.message} list="models" required value=${chosen} onInput=${choose} />
                <datalist id="models">${models.data?.map((id) => html`<option key=${id} value=${id} />`)}</datalist>
                <${Templates} templates=${templates.data ?? []} onChoose=${setQuestion} />
                <${Text} label=${t('playground-system')} rows="2" value=${question.systemPrompt} onInput=${(systemPrompt) => change({ systemPrompt })} />
                <${Text} label=${t('playground-message')} rows="5" value=${question.userMessage} onInput=${(userMessage) => change({ userMessage })} />
                <${Field} label=${t('playground-temperature', { value: number(question.temperature) })} type="range" min="0" max="2" step="0.1" class="range"
                    value=${question.temperature} onInput=${(text) => change({ temperature: Number(text) })} />
                <${Switch} label=${t('playground-stream')} checked=${question.stream} onInput=${(stream) => change({ stream })} />
            </section>
            <div class="span-7 span-wide stack">
                <${Answer} where=${{ provider: at, model: chosen, token }} question=${question} />
                <${RunAll} where=${{ provider: at, model: chosen, token }} templates=${templates.data ?? []} />
            </div>
        </div>
    `;
}

/** A client token; whoever is signed in can take their own key. It is kept nowhere. */
function TokenField({ token, setToken }) {
    const own = async () => setToken((await call('POST', '/api/auth/key/reveal')).token);
    const side = mayBeSignedIn() && html`<${Button} onClick=${own}>${t('playground-own-key')}<//>`;
    const hint = hasShownToken() ? t('playground-token-admin') : t('playground-token-hint');
    return html`<${Field} label=${t('playground-token')} hint=${hint} type="password" autocomplete="off" value=${token} onInput=${setToken} side=${side} />`;
}

function Templates({ templates, onChoose }) {
    if (!templates.length) return null;
    return html`
        <div class="field">
            <span class="form-label">${t('playground-templates')}</span>
            <div class="chips">${templates.map((one) => html`<button key=${one.id} type="button" class="chip" title=${one.description} onClick=${() => onChoose(one)}>${one.label}</button>`)}</div>
        </div>
    `;
}

function Text({ label, value, onInput, rows }) {
    return html`
        <label class="field"><span class="form-label">${label}</span>
            <textarea class="form-control" rows=${rows} value=${value} onInput=${(event) => onInput(event.target.value)} />
        </label>
    `;
}

function Answer({ where, question }) {
    const [run, setRun] = useState();
    const stopper = useRef();
    const isRunning = run && !run.done;
    const send = async () => {
        stopper.current = new AbortController();
        setRun({ text: '' });
        await ask(where, question, stopper.current.signal, setRun);
    };
    const cannot = !where.token || !where.model || !question.userMessage;
    return html`
        <section class="card stack">
            <div class="card-head">
                <h2>${t('playground-answer')}</h2>
                ${isRunning
                    ? html`<${Button} icon="player-stop" onClick=${() => stopper.current.abort()}>${t('playground-stop')}<//>`
                    : html`<${Button} kind="primary" icon="player-play" disabled=${cannot} onClick=${() => void send()}>${t('playground-send')}<//>`}
            </div>
            ${cannot && !run && html`<p class="text-secondary">${t('playground-missing')}</p>`}
            ${run && html`
                <div class="answer-text" aria-live="polite" aria-busy=${Boolean(isRunning)}>${run.text}${isRunning && html`<span class="caret" aria-hidden="true" />`}</div>
                ${run.error && html`<div class="form-error" role="alert">${run.error}</div>`}
                ${run.stopped && html`<p class="text-secondary">${t('playground-stopped')}</p>`}
                <${Facts} run=${run} />
            `}
        </section>
    `;
}

function Facts({ run }) {
    const facts = [
        ['first', run.firstMs !== undefined && t('playground-ms', { ms: number(Math.round(run.firstMs)) })],
        ['whole', run.wholeMs !== undefined && t('playground-ms', { ms: number(Math.round(run.wholeMs)) })],
        ['tokens', run.usage && `${number(run.usage.prompt_tokens)} + ${number(run.usage.completion_tokens)}`],
        ['attempts', run.attempts],
        ['served', run.provider],
        ['id', run.id],
    ];
    return html`<dl class="facts">${facts.filter(([, value]) => value).map(([name, value]) => html`<div key=${name}><dt>${t(`playground-fact-${name}`)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

async function listModels(provider, signal) {
    const { data } = await get(`/${encodeURIComponent(provider)}/v1/models`, { stay: true, signal });
    return data.map(({ id }) => id).sort();
}
