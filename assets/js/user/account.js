// One's account: where one is signed in, the password, one's data, and the end of it.
import { call, del, get, patch, post } from '../api.js';
import { html, useState } from '../html.js';
import { language, t } from '../i18n.js';
import { signedOut } from '../session.js';
import { Time } from '../time.js';
import { Button, confirm, Dialog, Failure, Field, Icon, Loading, Select, toast, useLoad } from '../ui.js';
import { program } from './agent.js';
import { SecondFactor } from './second-factor.js';

export function Account({ user, setUser }) {
    return html`
        <div class="grid">
            <div class="span-7 span-wide stack">
                <${Sessions} />
                <${SecondFactor} user=${user} />
            </div>
            <div class="span-5 span-wide stack">
                <${Wishes} user=${user} setUser=${setUser} />
                <${Password} user=${user} />
                <${Data} user=${user} />
            </div>
        </div>
    `;
}

function Sessions() {
    const list = useLoad((signal) => get('/api/auth/sessions', { signal }).then(({ sessions }) => sessions));
    const end = async (id) => {
        await del(`/api/auth/sessions/${encodeURIComponent(id)}`);
        toast(t('session-ended'));
        await list.reload();
    };
    const endAll = async () => {
        if (!(await confirm({ title: t('sessions-end-all'), text: t('sessions-end-all-text'), action: t('sessions-end-all') }))) return;
        await post('/api/auth/logout', { everywhere: true });
        signedOut();
        location.assign('/');
    };
    return html`
        <section class="card">
            <div class="card-head">
                <h2>${t('sessions-title')}</h2>
                <${Button} icon="logout" onClick=${endAll}>${t('sessions-end-all')}<//>
            </div>
            ${list.error && html`<${Failure} error=${list.error} retry=${list.reload} />`}
            ${!list.data && !list.error && html`<${Loading} lines=${4} />`}
            <ul class="plain">
                ${list.data?.map((one) => html`
                    <li key=${one.id} class="line">
                        <${Icon} name="devices" class="text-secondary" />
                        <div class="line-text">
                            <strong title=${one.agent}>${program(one.agent) ?? t('session-unknown')}</strong>
                            ${one.current && html`<span class="tag tag-good">${t('session-this')}</span>`}
                            <div class="text-secondary">${one.address} · <${Time} at=${one.createdAt} as="relative" /></div>
                        </div>
                        ${!one.current && html`<${Button} kind="ghost" icon="x" label=${t('session-end')} onClick=${() => end(one.id)} />`}
                    </li>
                `)}
            </ul>
        </section>
    `;
}

/** What one's pages begin with, and the language of mails. */
function Wishes({ user, setUser }) {
    const config = useLoad((signal) => get('/api/auth/config', { signal }));
    const change = (what) => patch('/api/auth/profile', what).then(({ user }) => {
        setUser(user);
        toast(t('saved'));
    }, (error) => toast(error.message, 'danger'));
    const providers = (config.data?.providers ?? [user.defaultProvider]).map((id) => [id, id]);
    return html`
        <section class="card stack">
            <h2>${t('wishes-title')}</h2>
            <${Select} label=${t('wishes-provider')} value=${user.defaultProvider} options=${providers} onInput=${(defaultProvider) => change({ defaultProvider })} />
            <${Select} label=${t('wishes-language')} value=${user.language ?? language} options=${[['en', 'English'], ['zh-CN', '简体中文']]}
                onInput=${(tag) => change({ language: tag })} />
        </section>
    `;
}

function Password({ user }) {
    const [current, setCurrent] = useState('');
    const [fresh, setFresh] = useState('');
    const [error, setError] = useState('');
    const send = async (event) => {
        event.preventDefault();
        setError('');
        try {
            await post('/api/auth/change-password', { currentPassword: current, newPassword: fresh }, { stay: true });
            setCurrent('');
            setFresh('');
            toast(t('password-changed'));
        } catch (failure) {
            setError(failure.message);
        }
    };
    return html`
        <form class="card stack" onSubmit=${send}>
            <h2>${t('password-title')}</h2>
            <${Whose} user=${user} />
            <${Field} label=${t('password-current')} type="password" required autocomplete="current-password" value=${current} onInput=${setCurrent} error=${error} />
            <${Field} label=${t('password-next')} hint=${t('password-rule')} type="password" required minlength="8" maxlength="128" autocomplete="new-password" value=${fresh} onInput=${setFresh} />
            <${Button} type="submit">${t('password-change')}<//>
        </form>
    `;
}

/** Tells password managers whose password it is. */
function Whose({ user }) {
    return html`<input type="email" autocomplete="username" value=${user.email} readonly hidden />`;
}

function Data({ user }) {
    const [isLeaving, setLeaving] = useState(false);
    const save = async () => {
        const url = URL.createObjectURL(await call('GET', '/api/auth/export', undefined, { as: 'blob' }));
        Object.assign(document.createElement('a'), { href: url, download: 'my-data.json' }).click();
        setTimeout(() => URL.revokeObjectURL(url), 10_000);
    };
    return html`
        <section class="card stack">
            <h2>${t('data-title')}</h2>
            <p class="text-secondary">${t('data-lead')}</p>
            <div class="btn-line">
                <${Button} icon="download" onClick=${save}>${t('data-export')}<//>
                <${Button} icon="trash" class="text-danger" onClick=${() => setLeaving(true)}>${t('data-delete')}<//>
            </div>
            ${isLeaving && html`<${Leave} user=${user} onClose=${() => setLeaving(false)} />`}
        </section>
    `;
}

function Leave({ user, onClose }) {
    const [password, setPassword] = useState('');
    const [error, setError] = useState('');
    const send = async (event) => {
        event.preventDefault();
        setError('');
        try {
            await del('/api/auth/account', { password }, { stay: true });
            signedOut();
            location.assign('/');
        } catch (failure) {
            setError(failure.message);
        }
    };
    return html`
        <${Dialog} title=${t('data-delete')} onClose=${onClose}>
            <form class="stack" onSubmit=${send}>
                <p>${t('data-delete-text', { email: user.email })}</p>
                <p class="text-secondary">${t('data-delete-kept')}</p>
                <${Whose} user=${user} />
                <${Field} label=${t('password-current')} type="password" required autofocus autocomplete="current-password" value=${password} onInput=${setPassword} error=${error} />
                <${Button} kind="danger" type="submit">${t('data-delete-action')}<//>
            </form>
        <//>
    `;
}
