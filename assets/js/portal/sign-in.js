// Signing in, by a password or by a code, and by a second factor where there is one.
import { post } from '../api.js';
import { FactorField } from '../factor.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Field, Form } from '../ui.js';
import { CodeField, EmailField, enter, Person, usePerson } from './form.js';

export function SignIn({ config, go }) {
    const [by, setBy] = useState('password');
    const [email, setEmail] = useState('');
    const [secret, setSecret] = useState('');
    const [totp, setTotp] = useState();
    const person = usePerson(config);
    const send = async () => {
        const body = { email, [by]: secret, totp, turnstileToken: person.take() };
        try {
            enter(await post('/api/auth/login', body, { stay: true }));
        } catch (error) {
            if (error.code !== 'totp_required') throw error;
            setTotp('');
        }
    };
    const other = by === 'password' ? 'code' : 'password';
    const swap = () => {
        setBy(other);
        setSecret('');
    };
    const below = html`
        <div class="links">
            <${Button} class="btn-link" onClick=${swap}>${t(`sign-in-by-${other}`)}<//>
            <${Button} class="btn-link" onClick=${() => go('forgot')}>${t('forgot')}<//>
            <${Button} class="btn-link" onClick=${() => go('admin')}>${t('admin-sign-in')}<//>
        </div>
    `;
    return html`
        <${Form} action=${t('sign-in')} onSend=${send} below=${below}>
            <${EmailField} value=${email} onInput=${setEmail} />
            ${by === 'password'
                ? html`<${Field} key="password" label=${t('password')} type="password" required autocomplete="current-password" value=${secret} onInput=${setSecret} />`
                : html`<${CodeField} key="code" email=${email} purpose="login" person=${person} value=${secret} onInput=${setSecret} />`}
            ${totp !== undefined && html`<${FactorField} value=${totp} onInput=${setTotp} />`}
            <${Person} person=${person} />
        <//>
    `;
}
