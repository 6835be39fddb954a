// All about one key, at the side of the list.
import { del, get, post } from '../../api.js';
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, confirm, Dialog, Failure, Loading, Menu, toast, useLoad } from '../../ui.js';
import { verify } from './add.js';
import { EditKey } from './edit.js';
import { Secret } from './secret.js';
import { Explained } from './state.js';
import { KeyUsage } from './usage.js';

export function KeyDetails({ id, onClose, onChange }) {
    const key = useLoad((signal) => get(`/admin/api-keys/${encodeURIComponent(id)}`, { signal }), [id]);
    const changed = () => {
        key.reload();
        onChange();
    };
    const remove = async () => {
        const sure = await confirm({ title: t('bulk-delete'), text: t('key-delete-text', { key: key.data.api_key }), action: t('bulk-delete') });
        if (!sure) return;
        await del(`/admin/api-keys/${key.data.id}`);
        onChange();
        onClose();
        toast(t('bulk-deleted', { count: '1' }));
    };
    return html`
        <${Dialog} drawer title=${key.data?.username || t('detail-title', { id })} onClose=${onClose}>
            ${key.error && !key.data && html`<${Failure} error=${key.error} retry=${key.reload} />`}
            ${!key.data && !key.error && html`<${Loading} lines=${8} />`}
            ${key.data && html`
                <${Explained} of=${key.data} />
                <${Deeds} row=${key.data} onChange=${changed} onRemove=${remove} />
                <${Secret} row=${key.data} />
                <${KeyUsage} id=${key.data.id} row=${key.data} />
                <${EditKey} row=${key.data} onDone=${(row) => {
                    key.setData(row);
                    onChange();
                }} />
            `}
        <//>
    `;
}

function Deeds({ row, onChange, onRemove }) {
    const isOff = ['disabled', 'failed', 'cooling'].includes(row.status);
    const enable = () => post('/admin/keys/enable', { id: row.id }).then(onChange);
    const disable = (duration) => post('/admin/keys/disable', { id: row.id, duration }).then(onChange);
    const fail = (error) => toast(error.message, 'danger');
    const more = [
        { label: t('detail-disable-hour'), icon: 'clock', onClick: () => disable(3_600).catch(fail) },
        { label: t('bulk-delete'), icon: 'trash', danger: true, onClick: () => onRemove().catch(fail) },
    ];
    return html`
        <div class="btn-line">
            ${isOff && html`<${Button} kind="primary" icon="player-play" onClick=${enable}>${t('bulk-enable')}<//>`}
            ${row.status !== 'disabled' && html`<${Button} icon="ban" onClick=${() => disable(0)}>${t('bulk-disable')}<//>`}
            <${Button} icon="shield-check" onClick=${() => verify(row.id).then(onChange)}>${t('detail-check')}<//>
            <${Menu} icon="dots" label=${t('bulk-more')} items=${more} />
        </div>
    `;
}
