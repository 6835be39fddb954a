// Signing in as an administrator, by the token that the service was started with.
import { post } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { tokenShown } from '../session.js';
import { Button, Field, Form } from '../ui.js';

export function AdminSignIn({ go, onDone }) {
    const [token, setToken] = useState('');
    const send = async () => {
        await post('/api/auth/admin-session', { token: token.trim() }, { stay: true });
        tokenShown();
        onDone();
    };
    return html`
        <div class="stack-tight">
            <${Button} class="btn-link back" icon="arrow-left" onClick=${() => go('sign-in')}>${t('back')}<//>
            <h2>${t('admin-sign-in')}</h2>
            <p class="text-secondary">${t('admin-lead')}</p>
            <${Form} action=${t('sign-in')} onSend=${send}>
                <${Field} label=${t('admin-token')} hint=${t('admin-token-hint')} type="password" required autocomplete="off"
                    value=${token} onInput=${setToken} />
            <//>
        </div>
    `;
}
