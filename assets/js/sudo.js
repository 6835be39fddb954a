// Sudo: the API asks a session to show its password, or its second factor, once more before what
// carries secrets or grants power. For five minutes it is enough.
import { get, post } from './api.js';
import { FactorField } from './factor.js';
import { html, render, useState } from './html.js';
import { t } from './i18n.js';
import { hasShownToken } from './session.js';
import { Dialog, Failure, Field, Form, Loading, useLoad } from './ui.js';

let asking;

/** Asks in a dialog; true when it was shown, false when the dialog was closed. One dialog serves all who ask meanwhile. */
export function showSudo() {
    asking ??= ask().finally(() => {
        asking = undefined;
    });
    return asking;
}

function ask() {
    return new Promise((resolve) => {
        const root = document.body.appendChild(document.createElement('div'));
        let isShown = false;
        const close = () => {
            render(null, root);
            root.remove();
            resolve(isShown);
        };
        const onShown = () => {
            isShown = true;
        };
        render(html`<${Sudo} onShown=${onShown} onClose=${close} />`, root);
    });
}

function Sudo({ onShown, onClose }) {
    const state = useLoad((signal) => (hasShownToken() ? Promise.resolve({ by: 'token' }) : get('/api/auth/sudo', { signal })));
    return html`
        <${Dialog} title=${t('sudo-title')} onClose=${onClose}>
            ${state.data && html`<${Proof} by=${state.data.by} onShown=${onShown} />`}
            ${state.error && html`<${Failure} error=${state.error} retry=${state.reload} />`}
            ${!state.data && !state.error && html`<${Loading} />`}
        <//>
    `;
}

function Proof({ by, onShown }) {
    const [secret, setSecret] = useState('');
    if (by === 'nothing') return html`<p>${t('sudo-nothing')}</p>`;
    const send = async (event) => {
        const dialog = event.target.closest('dialog');
        await explained(show(by, secret));
        onShown();
        dialog.close();
    };
    return html`
        <${Form} action=${t('sudo-action')} onSend=${send}>
            <p>${t('sudo-lead')}</p>
            ${by === 'totp' && html`<${FactorField} value=${secret} onInput=${setSecret} />`}
            ${by === 'password' && html`<${Field} label=${t('sudo-password')} type="password" required autofocus autocomplete="current-password" value=${secret} onInput=${setSecret} />`}
            ${by === 'token' && html`<${Field} label=${t('sudo-token')} type="password" required autofocus autocomplete="off" value=${secret} onInput=${setSecret} />`}
        <//>
    `;
}

function show(by, secret) {
    const options = { stay: true };
    if (by === 'token') return post('/api/auth/admin-session', { token: secret.trim() }, options);
    return post('/api/auth/sudo', by === 'totp' ? { code: secret.trim() } : { password: secret }, options);
}

async function explained(answer) {
    try {
        return await answer;
    } catch (error) {
        throw error.code === 'wrong_credentials' ? new Error(t('sudo-wrong')) : error;
    }
}
