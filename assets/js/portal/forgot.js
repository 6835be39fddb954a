// A new password by a code.
import { post } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Field, Form, toast } from '../ui.js';
import { CodeField, EmailField, Person, usePerson } from './form.js';

export function Forgot({ config, go }) {
    const [email, setEmail] = useState('');
    const [code, setCode] = useState('');
    const [password, setPassword] = useState('');
    const person = usePerson(config);
    const send = async () => {
        await post('/api/auth/reset-password', { email, code, password, turnstileToken: person.take() }, { stay: true });
        toast(t('forgot-done'));
        go('sign-in');
    };
    return html`
        <div class="stack-tight">
            <${Button} class="btn-link back" icon="arrow-left" onClick=${() => go('sign-in')}>${t('back')}<//>
            <h2>${t('forgot-title')}</h2>
            <${Form} action=${t('forgot-action')} onSend=${send}>
                <${EmailField} value=${email} onInput=${setEmail} />
                <${CodeField} email=${email} purpose="reset" person=${person} value=${code} onInput=${setCode} />
                <${Field} label=${t('password-new')} hint=${t('password-hint')} type="password" required minlength="8" maxlength="128"
                    autocomplete="new-password" value=${password} onInput=${setPassword} />
                <${Person} person=${person} />
            <//>
        </div>
    `;
}
