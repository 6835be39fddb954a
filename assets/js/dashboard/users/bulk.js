// The same for many users at once.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, confirm, Field, FormDialog, Menu, toast } from '../../ui.js';

export function BulkActions({ ids, onDone }) {
    const [isExtending, setExtending] = useState(false);
    const run = async (action, more) => {
        const { changed, unchanged, failed } = await post('/admin/users/bulk', { ids, action, ...more });
        toast(t('users-bulk-done', { changed, unchanged, failed }), failed ? 'info' : 'success');
        onDone();
    };
    const sure = async (action, more) => {
        const name = `users-bulk-${more?.role ?? action}`;
        const meant = await confirm({ title: t(name), text: t(`${name}.text`, { count: ids.length }), action: t(name), danger: action === 'delete' || action === 'deactivate' });
        if (meant) await run(action, more);
    };
    const said = (...what) => () => sure(...what).catch((error) => toast(error.message, 'danger'));
    const items = [
        { label: t('users-bulk-admin'), icon: 'shield-lock', onClick: said('role', { role: 'admin' }) },
        { label: t('users-bulk-user'), icon: 'user', onClick: said('role', { role: 'user' }) },
        { label: t('users-bulk-delete'), icon: 'trash', danger: true, onClick: said('delete') },
    ];
    return html`
        <${Button} icon="check" onClick=${() => run('activate')}>${t('users-bulk-activate')}<//>
        <${Button} icon="ban" onClick=${() => sure('deactivate')}>${t('users-bulk-deactivate')}<//>
        <${Button} icon="clock" onClick=${() => setExtending(true)}>${t('users-bulk-extend')}<//>
        <${Menu} icon="dots" label=${t('users-bulk-more')} items=${items} />
        ${isExtending && html`<${Extend} title=${t('users-bulk-extend')} onSend=${(days) => run('extend', { days })} onClose=${() => setExtending(false)} />`}
    `;
}

/** By how many days keys live longer. */
export function Extend({ title, onSend, onClose }) {
    const [days, setDays] = useState('30');
    return html`
        <${FormDialog} title=${title} action=${t('users-extend-action')} onSend=${() => onSend(Number(days))} onClose=${onClose}>
            <${Field} label=${t('users-extend-days')} hint=${t('users-extend-hint')} type="number" min="1" max="365" required autofocus value=${days} onInput=${setDays} />
        <//>
    `;
}
