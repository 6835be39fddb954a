// What is around every page: its language and colours, and who is signed in.
import { del, post } from '../api.js';
import { html, render } from '../html.js';
import { language, languages, load, speak, t } from '../i18n.js';
import { hasShownToken, mayBeSignedIn, signedOut, tokenForgotten } from '../session.js';
import { Icon, Menu } from './button.js';
import { Failure } from './states.js';

const THEME = 'pool.theme';

/** Loads the texts of this page, and shows `page` in the place that its template left for it. */
export async function start(page, ...texts) {
    // Earlier versions kept the admin token there.
    sessionStorage.removeItem('pool.admin_token');
    const root = document.getElementById('app');
    try {
        await load(...texts);
    } catch (error) {
        root?.replaceChildren(error.message);
        return;
    }
    render(html`<${Tools} />`, document.getElementById('tools'));
    if (!root) return;
    root.replaceChildren();
    render(page, root);
}

function Tools() {
    return html`<${Places} /><${Languages} /><${Themes} /><${Account} />`;
}

/** On small screens the links of the header are behind a button. */
function Places() {
    const links = [...document.querySelectorAll('#places a')];
    const items = links.map((link) => ({ label: link.textContent, href: link.href }));
    return html`<${Menu} class="only-small" icon="menu-2" label=${t('menu')} items=${items} />`;
}

function Languages() {
    const items = Object.entries(languages).map(([tag, name]) => ({
        label: name, active: tag === language, onClick: () => speak(tag),
    }));
    return html`<${Menu} icon="language" label=${t('language')} items=${items} />`;
}

function Themes() {
    const chosen = localStorage.getItem(THEME);
    const choose = (theme) => {
        if (theme) localStorage.setItem(THEME, theme);
        else localStorage.removeItem(THEME);
        document.dispatchEvent(new Event('pool:theme'));
        render(html`<${Tools} />`, document.getElementById('tools'));
    };
    const item = (theme, icon) => ({ label: t(`theme-${theme ?? 'auto'}`), icon, active: theme === chosen, onClick: () => choose(theme) });
    const items = [item('light', 'sun'), item('dark', 'moon'), item(null, 'device-desktop')];
    const shown = { light: 'sun', dark: 'moon' }[chosen] ?? 'device-desktop';
    return html`<${Menu} icon=${shown} label=${t('theme')} items=${items} />`;
}

function Account() {
    if (!mayBeSignedIn() && !hasShownToken()) {
        if (document.documentElement.dataset.page === 'portal') return null;
        return html`<a class="btn btn-primary" href="/"><${Icon} name="login" /><span>${t('sign-in')}</span></a>`;
    }
    const items = [
        mayBeSignedIn() && { label: t('my-account'), icon: 'user', href: '/user' },
        { label: t('sign-out'), icon: 'logout', onClick: signOut },
    ];
    return html`<${Menu} icon="user" label=${t('account')} items=${items} />`;
}

/** Ends the sessions of this browser, and leads to the sign-in. */
export async function signOut() {
    await endSessions();
    location.assign('/');
}

/** Ends the sessions of this browser. */
export async function endSessions() {
    const options = { stay: true };
    if (hasShownToken()) await del('/api/auth/admin-session', undefined, options).catch(() => {});
    if (mayBeSignedIn()) await post('/api/auth/logout', undefined, options).catch(() => {});
    tokenForgotten();
    signedOut();
}
