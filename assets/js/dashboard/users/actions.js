// What can be done with a user.
import { del, patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, confirm, toast } from '../../ui.js';
import { Extend } from './bulk.js';

export function UserActions({ user, onDone }) {
    const [isExtending, setExtending] = useState(false);
    const path = `/admin/users/${user.id}`;
    const ask = (name) => confirm({ title: t(`users-do-${name}`), text: t(`users-do-${name}.text`, { email: user.email }), action: t(`users-do-${name}`) });
    const turn = async () => {
        if (user.isActive && !(await ask('deactivate'))) return;
        onDone(await patch(path, { isActive: !user.isActive }));
        toast(t('manage-saved'));
    };
    const reset = async () => {
        if (!(await ask('reset'))) return;
        const { token, success, ...fresh } = await post(`${path}/reset-key`, {});
        onDone(fresh, token);
    };
    const extend = async (days) => {
        const { success, ...fresh } = await post(`${path}/extend-key`, { days });
        onDone(fresh);
        toast(t('manage-saved'));
    };
    const forget = async () => {
        if (!(await ask('factor'))) return;
        await del(`${path}/totp`);
        toast(t('users-factor-gone'));
    };
    const remove = async (event) => {
        const dialog = event.target.closest('dialog');
        if (!(await ask('delete'))) return;
        await del(path);
        toast(t('users-deleted', { email: user.email }));
        dialog.close();
        onDone();
    };
    return html`
        <div class="btn-line">
            <${Button} kind=${user.isActive ? '' : 'primary'} icon=${user.isActive ? 'ban' : 'check'} onClick=${turn}>
                ${t(user.pending ? 'users-do-let-in' : user.isActive ? 'users-do-deactivate' : 'users-do-activate')}
            <//>
            <${Button} icon="refresh" onClick=${reset}>${t('users-do-reset')}<//>
            ${user.keyExpiresAt && html`<${Button} icon="clock" onClick=${() => setExtending(true)}>${t('users-do-extend')}<//>`}
            <${Button} icon="shield-lock" onClick=${forget}>${t('users-do-factor')}<//>
            <${Button} class="text-danger" icon="trash" onClick=${remove}>${t('users-do-delete')}<//>
        </div>
        ${isExtending && html`<${Extend} title=${t('users-do-extend')} onSend=${extend} onClose=${() => setExtending(false)} />`}
    `;
}
