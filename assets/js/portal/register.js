// Making an account.
import { post } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Empty, Field, Form, Select } from '../ui.js';
import { CodeField, EmailField, enter, Person, usePerson } from './form.js';

export function Register({ config, go }) {
    const [email, setEmail] = useState('');
    const [code, setCode] = useState('');
    const [password, setPassword] = useState('');
    const [provider, setProvider] = useState('');
    const [invitation, setInvitation] = useState(new URLSearchParams(location.search).get('invitation') ?? '');
    const [isPending, setPending] = useState(false);
    const person = usePerson(config);
    if (config.registration === 'closed') {
        return html`<${Empty} icon="lock" title=${t('register-closed')}>${t('register-closed-hint')}<//>`;
    }
    if (isPending) {
        return html`<${Empty} icon="mail" title=${t('register-pending')}>${t('register-pending-hint')}<//>`;
    }
    const invited = config.registration === 'invitation';
    const send = async () => {
        const body = {
            email, code, password, provider: provider || undefined,
            invitation: invited ? invitation : undefined, turnstileToken: person.take(),
        };
        const answer = await post('/api/auth/register', body, { stay: true });
        if (answer.pending) setPending(true);
        else enter(answer);
    };
    const providers = [['', t('provider-any')], ...config.providers.map((id) => [id, id])];
    return html`
        <${Form} action=${t('register')} onSend=${send} below=${html`<p class="form-hint">${t('register-key', { hours: config.userKeyHours })}</p>`}>
            ${config.registration === 'approval' && html`<p class="form-note">${t('register-approval')}</p>`}
            ${invited && html`<${Field} label=${t('invitation')} hint=${t('invitation-hint')} required value=${invitation} onInput=${setInvitation} />`}
            <${EmailField} value=${email} onInput=${setEmail} />
            <${CodeField} email=${email} purpose="register" person=${person} value=${code} onInput=${setCode} />
            <${Field} label=${t('password')} hint=${t('password-hint')} type="password" required minlength="8" maxlength="128"
                autocomplete="new-password" value=${password} onInput=${setPassword} />
            ${config.providers.length > 1 && html`<${Select} label=${t('provider')} hint=${t('provider-hint')} value=${provider} options=${providers} onInput=${setProvider} />`}
            <${Person} person=${person} />
        <//>
    `;
}
