// What of a user can be changed: role, provider, and the limits of their key.
import { patch } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, Select, toast } from '../../ui.js';
import { LimitFields, LIMITS } from '../manage/limits.js';

const NAMES = Object.values(LIMITS);

export function UserWishes({ user, providers, onDone }) {
    const [role, setRole] = useState(user.role);
    const [provider, setProvider] = useState(user.defaultProvider);
    const [limits, setLimits] = useState(Object.fromEntries(NAMES.map((name) => [name, user[name]])));
    const wanted = { role, defaultProvider: provider, ...(user.keyId !== null && limits) };
    const differing = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => user[name] !== value));
    const isSame = Object.keys(differing).length === 0;
    const save = async () => {
        onDone(await patch(`/admin/users/${user.id}`, differing));
        toast(t('manage-saved'));
    };
    return html`
        <section class="part stack">
            <h3>${t('users-change')}</h3>
            <div class="fields">
                <${Select} label=${t('users-role')} value=${role} options=${['user', 'admin'].map((name) => [name, t(`users-role-${name}`)])} onInput=${setRole} />
                <${Select} label=${t('users-default')} value=${provider} options=${providers.map(({ id, name }) => [id, name || id])} onInput=${setProvider} />
            </div>
            ${user.keyId !== null && html`<${LimitFields} names=${NAMES} values=${limits} onInput=${setLimits} />`}
            <div class="btn-line"><${Button} kind="primary" disabled=${isSame} onClick=${save}>${t('manage-save')}<//></div>
        </section>
    `;
}
