// For whoever is signed in: where to go, and the first steps while there are no keys.
import { get } from '../api.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { hasShownToken, signedOut, tokenForgotten } from '../session.js';
import { Button, endSessions, Icon, Loading, useLoad } from '../ui.js';
import { FirstSteps } from './first-steps.js';

export function Welcome({ onGone }) {
    const who = useLoad((signal) => look(signal).catch(() => {
        tokenForgotten();
        signedOut();
        onGone();
    }));
    if (!who.data) return html`<div class="card"><${Loading} lines=${4} /></div>`;
    const { user, stats } = who.data;
    if (stats?.total_api_keys === 0) return html`<div class="card door"><${FirstSteps} /></div>`;
    const leave = async () => {
        await endSessions();
        onGone();
    };
    return html`
        <div class="card door stack">
            <div>
                <h2>${t('welcome')}</h2>
                <p class="text-secondary">${user ? user.email : t('welcome-token')}</p>
            </div>
            ${stats && html`<${Place} href="/dashboard" icon="layout-dashboard" name="welcome-dashboard" />`}
            ${user && html`<${Place} href="/user" icon="key" name="welcome-user" />`}
            <${Place} href="/stats" icon="chart-bar" name="welcome-stats" />
            <${Button} icon="logout" onClick=${leave}>${t('sign-out')}<//>
        </div>
    `;
}

/** The account, and the pool's numbers if they may be seen. */
async function look(signal) {
    const options = { stay: true, signal };
    if (hasShownToken()) return { stats: await get('/admin/stats', options) };
    const { user } = await get('/api/auth/profile', options);
    return { user, stats: user.role === 'admin' ? await get('/admin/stats', options) : undefined };
}

function Place({ href, icon, name }) {
    return html`
        <a class="place" href=${href}>
            <${Icon} name=${icon} />
            <span><strong>${t(name)}</strong><small>${t(`${name}.more`)}</small></span>
            <${Icon} name="chevron-right" class="ms-auto" />
        </a>
    `;
}
