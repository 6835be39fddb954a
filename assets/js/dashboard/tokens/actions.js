// What can be done with a token.
import { del, patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, confirm, FormDialog, Menu, Select, toast } from '../../ui.js';

const GRACES = [0, 3_600, 86_400, 604_800, 2_592_000];

export function TokenActions({ token, edit, show, done }) {
    const [isRotating, setRotating] = useState(false);
    const path = `/admin/tokens/${token.id}`;
    const reveal = async () => {
        const answer = await post(`${path}/reveal`);
        show({ ...token, token: answer.token });
    };
    const turn = async () => {
        await patch(path, { enabled: !token.enabled });
        toast(t(token.enabled ? 'token-now-off' : 'token-now-on', { name: token.name }));
        done();
    };
    const remove = async () => {
        if (!(await confirm({ title: t('token-delete'), text: t('token-delete-text', { name: token.name }), action: t('manage-delete') }))) return;
        await del(path);
        toast(t('token-deleted', { name: token.name }));
        done();
    };
    const said = (act) => () => act().catch((error) => toast(error.message, 'danger'));
    const items = [
        { label: t('token-reveal'), icon: 'eye', onClick: said(reveal) },
        { label: t('token-rotate'), icon: 'refresh', onClick: () => setRotating(true) },
        { label: t(token.enabled ? 'manage-off' : 'manage-on'), icon: 'power', onClick: said(turn) },
        { label: t('manage-delete'), icon: 'trash', danger: true, onClick: said(remove) },
    ];
    return html`
        <div class="row-actions">
            <${Button} kind="ghost" icon="edit" label=${t('token-edit', { name: token.name })} onClick=${() => edit(token)} />
            <${Menu} icon="dots" label=${t('token-more', { name: token.name })} items=${items} />
        </div>
        ${isRotating && html`<${Rotate} token=${token} onDone=${done} onClose=${() => setRotating(false)} />`}
    `;
}

/** A new token in the place of the old one, which may work on for a while. */
function Rotate({ token, onDone, onClose }) {
    const [grace, setGrace] = useState('3600');
    const options = GRACES.map((secs) => [String(secs), t(`token-grace-${secs}`)]);
    const send = async () => onDone(await post(`/admin/tokens/${token.id}/rotate`, { grace: Number(grace) }));
    return html`
        <${FormDialog} title=${t('token-rotate')} action=${t('token-rotate')} onSend=${send} onClose=${onClose}>
            <p>${t('token-rotate-text', { name: token.name })}</p>
            <${Select} label=${t('token-grace')} value=${grace} options=${options} onInput=${setGrace} />
        <//>
    `;
}
