// One's second factor: a code of an app, which signing in asks for after the password.
import { get, post } from '../api.js';
import { FactorField } from '../factor.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { CodeField, Person, usePerson } from '../portal/form.js';
import { Button, confirm, CopyButton, Dialog, Failure, Field, Form, FormDialog, Icon, Loading, toast, useLoad } from '../ui.js';
import { Qr } from './qr.js';

/** Digits and letters that are read at once. */
const GROUP = /.{1,4}/g;

/** What these codes of the API mean here. */
const MEANINGS = { already_exists: 'second-there', not_found: 'second-lost' };

export function SecondFactor({ user }) {
    const state = useLoad((signal) => get('/api/auth/totp', { signal }));
    const [isOpen, setOpen] = useState(false);
    const [codes, setCodes] = useState();
    const renew = async () => {
        if (!(await confirm({ title: t('recovery-renew'), text: t('recovery-renew-text'), action: t('recovery-renew') }))) return;
        setCodes((await post('/api/auth/totp/recovery-codes')).recoveryCodes);
        state.reload();
    };
    // Another window may have changed it meanwhile.
    const close = () => {
        setOpen(false);
        state.reload();
    };
    if (!state.data) {
        return html`<section class="card">${state.error ? html`<${Failure} error=${state.error} retry=${state.reload} />` : html`<${Loading} />`}</section>`;
    }
    const { enabled: isOn } = state.data;
    const shown = isOn ? TurnOff : SetUp;
    return html`
        <section class="card stack">
            <div class="card-head">
                <h2>${t('second-title')}</h2>
                <span class=${`tag ${isOn ? 'tag-good' : ''}`} role="status">${t(isOn ? 'second-on' : 'second-off')}</span>
            </div>
            <p class="text-secondary">${t(isOn ? 'second-lead-on' : 'second-lead')}</p>
            ${!isOn && isNeeded() && html`<div class="form-error" role="status">${t('error-totp-setup-required')}</div>`}
            ${isOn && html`<p>${t('recovery-left', { count: state.data.recoveryCodesLeft })}</p>`}
            <div class="btn-line">
                ${isOn && html`<${Button} icon="refresh" onClick=${renew}>${t('recovery-renew')}<//>`}
                <${Button} icon="shield-lock" onClick=${() => setOpen(true)}>${t(isOn ? 'second-turn-off' : 'second-set-up')}<//>
            </div>
            ${codes && html`<${Dialog} title=${t('recovery-title')} onClose=${() => setCodes()}><${RecoveryCodes} codes=${codes} /><//>`}
            ${isOpen && html`<${shown} user=${user} onClose=${close} />`}
        </section>
    `;
}

/** First that it is oneself, then the app and its first code. */
function SetUp({ user, onClose }) {
    const config = useLoad((signal) => get('/api/auth/config', { signal }));
    const [app, setApp] = useState();
    const [codes, setCodes] = useState();
    const first = () => {
        if (config.data) return html`<${Proof} user=${user} config=${config.data} onProven=${setApp} />`;
        return config.error ? html`<${Failure} error=${config.error} retry=${config.reload} />` : html`<${Loading} />`;
    };
    return html`
        <${Dialog} title=${t(codes ? 'recovery-title' : 'second-set-up')} onClose=${onClose}>
            ${codes ? html`<${RecoveryCodes} codes=${codes} />` : app ? html`<${App} app=${app} onDone=${setCodes} />` : first()}
        <//>
    `;
}

/** Who was invited may have no password: then a code by mail does. */
function Proof({ user, config, onProven }) {
    const [by, setBy] = useState('password');
    const [secret, setSecret] = useState('');
    const person = usePerson(config);
    const swap = () => {
        setBy(by === 'password' ? 'code' : 'password');
        setSecret('');
    };
    const send = async () => onProven(await explained(post('/api/auth/totp/setup', { [by]: secret }, { stay: true })));
    const below = html`<div class="links"><${Button} class="btn-link" onClick=${swap}>${t(`sign-in-by-${by === 'password' ? 'code' : 'password'}`)}<//></div>`;
    return html`
        <${Form} action=${t('second-next')} onSend=${send} below=${below}>
            <p>${t('second-proof')}</p>
            <input type="email" autocomplete="username" value=${user.email} readonly hidden />
            ${by === 'password'
                ? html`<${Field} key="password" label=${t('password-current')} type="password" required autofocus autocomplete="current-password" value=${secret} onInput=${setSecret} />`
                : html`<${CodeField} key="code" email=${user.email} purpose="login" person=${person} value=${secret} onInput=${setSecret} />
                    <${Person} person=${person} />`}
        <//>
    `;
}

/** The secret is shown now, and never again. */
function App({ app: { secret, url }, onDone }) {
    const [code, setCode] = useState('');
    const send = async () => {
        const { recoveryCodes } = await explained(post('/api/auth/totp/enable', { code: code.trim() }, { stay: true }));
        toast(t('second-is-on'));
        onDone(recoveryCodes);
    };
    return html`
        <p>${t('second-scan')}</p>
        <${Qr} text=${url} label=${t('second-qr')} />
        <div class="stack-tight">
            <span class="form-label">${t('second-secret')}</span>
            <div class="secret"><code>${secret.match(GROUP).join(' ')}</code><${CopyButton} kind="ghost" text=${secret} /></div>
            <a class="with-button" href=${url}><${Icon} name="external-link" />${t('second-link')}</a>
        </div>
        <${Form} action=${t('second-turn-on')} onSend=${send}>
            <${Code} value=${code} onInput=${setCode} />
        <//>
    `;
}

/** They are shown now, and never again. */
function RecoveryCodes({ codes }) {
    const text = `${codes.join('\n')}\n`;
    const keep = () => {
        const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
        Object.assign(document.createElement('a'), { href: url, download: 'recovery-codes.txt' }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
    };
    return html`
        <div class="stack">
            <p>${t('recovery-lead')}</p>
            <ol class="plain recovery-codes">${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}</ol>
            <div class="btn-line">
                <${CopyButton} text=${text}>${t('copy')}<//>
                <${Button} icon="download" onClick=${keep}>${t('recovery-save')}<//>
                <${Button} kind="primary" onClick=${(event) => event.target.closest('dialog').close()}>${t('recovery-done')}<//>
            </div>
        </div>
    `;
}

function TurnOff({ onClose }) {
    const [code, setCode] = useState('');
    const send = async () => {
        await explained(post('/api/auth/totp/disable', { code: code.trim() }, { stay: true }));
        toast(t('second-is-off'));
    };
    return html`
        <${FormDialog} title=${t('second-turn-off')} action=${t('second-turn-off')} kind="danger" onSend=${send} onClose=${onClose}>
            <p>${t('second-off-text')}</p>
            <${FactorField} value=${code} onInput=${setCode} />
        <//>
    `;
}

/** The dashboard has led here, since it takes a second factor. */
const isNeeded = () => new URLSearchParams(location.search).get('second') === 'needed';

/** Apps show it in two halves. */
function Code(props) {
    return html`<${Field} label=${t('second-code')} hint=${t('factor-code.hint')} required autofocus inputmode="numeric"
        autocomplete="one-time-code" pattern="[0-9]{3} ?[0-9]{3}" maxlength="7" ...${props} />`;
}

async function explained(answer) {
    try {
        return await answer;
    } catch (error) {
        const name = MEANINGS[error.code];
        throw name ? new Error(t(name)) : error;
    }
}
