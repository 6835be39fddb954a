// What can be done to the keys that are picked.
import { del, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Button, confirm, Menu, toast } from '../../ui.js';
import { JobDialog } from '../jobs.js';
import { DisableKeys, EditKeys } from './dialogs.js';

/** Names of the filters, as the API takes them in a body. */
const FILTERS = ['status', 'category', 'account', 'search'];

export function Bulk({ selection, provider, filters, isNarrow, total, live, onDone }) {
    const [dialog, setDialog] = useState();
    const [job, setJob] = useState();
    const count = selection.count(total);
    const picked = selection.all ? allOf(provider, filters, isNarrow) : { ids: selection.ids };
    const done = (answer, name) => {
        toast(t(name, { count: number(answer.affected ?? answer.deleted) }));
        selection.clear();
        setDialog(undefined);
        onDone();
    };
    const enable = async () => done(await post('/admin/keys/enable', picked), 'bulk-enabled');
    const check = async () => {
        const { all, ...which } = picked;
        setJob((await post('/admin/keys/health-check', which)).job);
    };
    const remove = async () => {
        const sure = await confirm({ title: t('bulk-delete'), text: t('bulk-delete-text', { count: number(count) }), action: t('bulk-delete') });
        if (sure) done(await del('/admin/api-keys', picked), 'bulk-deleted');
    };
    const more = [
        { label: t('bulk-edit'), icon: 'edit', onClick: () => setDialog('edit') },
        { label: t('bulk-delete'), icon: 'trash', danger: true, onClick: () => remove().catch((error) => toast(error.message, 'danger')) },
    ];
    const close = () => setDialog(undefined);
    return html`
        <${Button} icon="player-play" onClick=${enable}>${t('bulk-enable')}<//>
        <${Button} icon="ban" onClick=${() => setDialog('disable')}>${t('bulk-disable')}<//>
        <${Button} icon="shield-check" onClick=${check}>${t('bulk-check')}<//>
        <${Menu} icon="dots" label=${t('bulk-more')} items=${more} />
        ${dialog === 'disable' && html`<${DisableKeys} picked=${picked} count=${count} onClose=${close} onDone=${(answer) => done(answer, 'bulk-disabled')} />`}
        ${dialog === 'edit' && html`<${EditKeys} picked=${picked} count=${count} onClose=${close} onDone=${(answer) => done(answer, 'bulk-changed')} />`}
        ${job && html`<${JobDialog} id=${job} title=${t('bulk-check')} live=${live} onEnd=${onDone} onClose=${() => setJob(undefined)} />`}
    `;
}

/** Everything that the filters name; the API wants to be told when that is really every key. */
export function allOf(provider, filters, isNarrow) {
    const given = Object.fromEntries(FILTERS.filter((name) => filters[name]).map((name) => [name, filters[name]]));
    const filter = { provider, ...given, import_id: filters.import_id ? Number(filters.import_id) : undefined };
    return isNarrow ? { filter } : { filter, all: true };
}
