// The first steps of an administrator: a key, a test of it, a token, a request.
import { get, post } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { baseUrl, curl } from '../snippets.js';
import { Button, Field, Form, Icon, Select, Snippet, useLoad } from '../ui.js';

const STEPS = ['key', 'test', 'token', 'use'];

export function FirstSteps() {
    const [at, setAt] = useState(0);
    const [made, setMade] = useState({});
    const onDone = (more) => {
        setMade({ ...made, ...more });
        setAt(at + 1);
    };
    const body = [AddKey, TestKey, MakeToken, UseIt][at];
    return html`
        <div class="stack">
            <div>
                <h2>${t('steps-title')}</h2>
                <p class="text-secondary">${t('steps-lead')}</p>
            </div>
            <ol class="stepper" aria-label=${t('steps-title')}>
                ${STEPS.map((name, n) => html`
                    <li key=${name} class=${n < at ? 'done' : ''} aria-current=${n === at ? 'step' : undefined}>
                        <i aria-hidden="true">${n < at ? html`<${Icon} name="check" />` : n + 1}</i><span>${t(`step-${name}`)}</span>
                    </li>
                `)}
            </ol>
            <${body} key=${at} made=${made} onDone=${onDone} onBack=${() => setAt(at - 1)} />
        </div>
    `;
}

function AddKey({ onDone }) {
    const [key, setKey] = useState('');
    const [provider, setProvider] = useState('ollama');
    const list = useLoad((signal) => get('/admin/providers', { signal }));
    const options = (list.data?.providers ?? [{ id: provider }]).map(({ id, name }) => [id, name ?? id]);
    const send = async () => {
        const { id } = await post('/admin/api-keys', { api_key: key.trim(), provider });
        onDone({ id, provider });
    };
    return html`
        <${Form} action=${t('step-key-action')} onSend=${send}>
            <${Select} label=${t('provider')} value=${provider} options=${options} onInput=${setProvider} />
            <${Field} label=${t('step-key-field')} hint=${t('step-key-hint')} type="password" required autocomplete="off" value=${key} onInput=${setKey} />
        <//>
    `;
}

function TestKey({ made: { id }, onDone, onBack }) {
    const probe = useLoad((signal) => post('/admin/verify-key', { id }, { signal }), [id]);
    const bad = probe.error?.message ?? (probe.data && !probe.data.valid ? (probe.data.error ?? t('step-test-bad')) : '');
    return html`
        <div class="stack-tight" aria-live="polite">
            ${probe.isLoading && html`<p><span class="spinner" /> ${t('step-test-now')}</p>`}
            ${!probe.isLoading && bad && html`<div class="form-error">${bad}</div>`}
            ${!probe.isLoading && !bad && html`<p class="form-good"><${Icon} name="circle-check" /> ${t('step-test-good')}</p>`}
            <div class="btn-line">
                ${bad && html`<${Button} icon="refresh" onClick=${probe.reload}>${t('try-again')}<//><${Button} onClick=${onBack}>${t('step-test-other')}<//>`}
                <${Button} kind=${bad ? '' : 'primary'} disabled=${probe.isLoading} onClick=${() => onDone({})}>${t('step-next')}<//>
            </div>
        </div>
    `;
}

function MakeToken({ onDone }) {
    const [name, setName] = useState(t('step-token-name'));
    const send = async () => {
        const { token } = await post('/admin/tokens', { name });
        onDone({ token });
    };
    return html`
        <${Form} action=${t('step-token-action')} onSend=${send}>
            <${Field} label=${t('step-token-field')} hint=${t('step-token-hint')} required maxlength="100" value=${name} onInput=${setName} />
        <//>
    `;
}

function UseIt({ made: { token, provider } }) {
    const models = useLoad((signal) => get(`/${provider}/v1/models`, { signal }).then(({ data }) => data.map(({ id }) => id)));
    const model = models.data?.[0] ?? 'gpt-oss:20b';
    return html`
        <div class="stack-tight">
            <p>${t('step-use-lead')}</p>
            <${Snippet} text=${curl(baseUrl(provider), token, model)} />
            <p class="form-hint">${t('step-use-once')}</p>
            <a class="btn btn-primary btn-block" href="/dashboard">${t('step-use-done')}</a>
        </div>
    `;
}
