// The start page: signing up and in, and for administrators the first steps.
import { get } from './api.js';
import { html, useState } from './html.js';
import { t } from './i18n.js';
import { AdminSignIn } from './portal/admin.js';
import { Forgot } from './portal/forgot.js';
import { Register } from './portal/register.js';
import { SignIn } from './portal/sign-in.js';
import { Welcome } from './portal/welcome.js';
import { hasShownToken, mayBeSignedIn, next } from './session.js';
import { baseUrl } from './snippets.js';
import { Failure, Loading, start, Tabs, useLoad } from './ui.js';

function Portal() {
    const [inside, setInside] = useState(hasShownToken() || mayBeSignedIn());
    if (inside) return html`<${Welcome} onGone=${() => setInside(false)} />`;
    const enter = () => {
        const wanted = next('');
        if (wanted) location.assign(wanted);
        else setInside(true);
    };
    return html`<div class="card door"><${Door} onAdmin=${enter} /></div>`;
}

/** Where people come in. */
function Door({ onAdmin }) {
    const config = useLoad((signal) => get('/api/auth/config', { signal }));
    const [way, go] = useState('sign-in');
    if (config.error) return html`<${Failure} error=${config.error} retry=${config.reload} />`;
    if (!config.data) return html`<${Loading} lines=${6} />`;
    if (way === 'forgot') return html`<${Forgot} config=${config.data} go=${go} />`;
    if (way === 'admin') return html`<${AdminSignIn} go=${go} onDone=${onAdmin} />`;
    const tabs = [['sign-in', t('sign-in')], ['register', t('register')]];
    return html`
        <${Tabs} label=${t('portal-door')} tabs=${tabs} value=${way} onChange=${go}>
            ${way === 'register'
                ? html`<${Register} config=${config.data} go=${go} />`
                : html`<${SignIn} config=${config.data} go=${go} />`}
        <//>
    `;
}

document.getElementById('sample-url').textContent = baseUrl();
start(html`<${Portal} />`, 'portal');
