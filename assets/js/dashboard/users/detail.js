// One user: what is known of them, and what an administrator can do.
import { get } from '../../api.js';
import { html } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Dialog, Failure, Loading, useLoad } from '../../ui.js';
import { UserActions } from './actions.js';
import { State, KeyEnd } from './columns.js';
import { SignIns } from './sign-ins.js';
import { UserWishes } from './wishes.js';

/** The user of this id in a dialog. `onDone` is told of a change, with a new key where there is one. */
export function UserDetail({ id, providers, onDone, onClose }) {
    const load = useLoad((signal) => get(`/admin/users/${id}`, { signal }), [id]);
    const user = load.data;
    const changed = (next, token) => {
        if (next) load.setData(next);
        onDone(token);
    };
    return html`
        <${Dialog} wide title=${user?.email ?? t('users-one')} onClose=${onClose}>
            ${load.error && !user && html`<${Failure} error=${load.error} retry=${load.reload} />`}
            ${!user && !load.error && html`<${Loading} lines=${6} />`}
            ${user && html`
                <${Facts} user=${user} />
                <${UserActions} user=${user} onDone=${changed} />
                <${UserWishes} user=${user} providers=${providers} onDone=${changed} />
                <${SignIns} id=${id} />
            `}
        <//>
    `;
}

function Facts({ user }) {
    const facts = [
        ['users-state', html`<${State} user=${user} />`],
        ['users-key', user.keyToken ? html`<code>${user.keyToken}</code>` : '–'],
        ['users-key-ends', html`<${KeyEnd} user=${user} />`],
        ['users-key-provider', user.keyToken ? user.keyProvider ?? t('users-provider-any') : '–'],
        ['users-requests', number(user.keyRequestCount)],
        ['users-login', html`<${Time} at=${user.lastLoginAt} />`],
        ['users-signin', html`<${Time} at=${user.lastSignInAt} />`],
        ['users-made', html`<${Time} at=${user.createdAt} />`],
    ];
    return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${t(name)}</dt><dd>${value}</dd></div>`)}</dl>`;
}
