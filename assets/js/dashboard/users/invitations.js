// Codes by which people may sign up.
import { del, get, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Button, confirm, CopyButton, Dialog, Field, FormDialog, Pagination, toast, useLoad } from '../../ui.js';
import { EndSelect } from '../manage/ends.js';
import { ListStates } from '../manage/list.js';
import { Secret } from '../manage/secret.js';
import { Link } from '../place.js';
import { DataTable } from '../table.js';

const TONES = { open: 'good', used_up: '', expired: 'warn' };

export function Invitations() {
    const [page, setPage] = useState(1);
    const [isMaking, setMaking] = useState(false);
    const [codes, setCodes] = useState();
    const load = useLoad((signal) => get(`/admin/invitations?page=${page}`, { signal }), [page]);
    const rows = load.data?.invitations ?? [];
    const done = (made) => {
        if (made) setCodes(made.map(({ code }) => code));
        load.reload();
    };
    return html`
        <section class="card">
            <div class="card-head">
                <p class="text-secondary">${t('invite-lead')} <${Link} href="/dashboard/settings#registration">${t('users-registration')}<//></p>
                <${Button} kind="primary" icon="plus" onClick=${() => setMaking(true)}>${t('invite-new')}<//>
            </div>
            <${ListStates} load=${load} rows=${rows} icon="mail" empty=${t('invite-none')} hint=${t('invite-none-hint')}>
                <${DataTable} label=${t('users-panel-invitations')} columns=${columns(done)} rows=${rows} isLoading=${load.isLoading} />
            <//>
            ${load.data && html`<${Pagination} ...${load.data} onPage=${setPage} />`}
        </section>
        ${isMaking && html`<${Make} onDone=${done} onClose=${() => setMaking(false)} />`}
        ${codes && html`<${Codes} codes=${codes} onClose=${() => setCodes()} />`}
    `;
}

const columns = (done) => [
    { name: 'code', label: t('invite-code'), cell: (one) => html`<code>${one.code}</code>` },
    { name: 'note', label: t('invite-note'), cell: (one) => html`<span class="cut" title=${one.note}>${one.note || '–'}</span>` },
    { name: 'status', label: t('users-state'), cell: (one) => html`<span class=${`tag ${TONES[one.status] && `tag-${TONES[one.status]}`}`}>${t(`invite-is-${one.status.replace('_', '-')}`)}</span>` },
    { name: 'uses', label: t('invite-uses'), cell: (one) => (one.usesMax ? t('invite-uses-of', { uses: number(one.uses), most: number(one.usesMax) }) : number(one.uses)) },
    { name: 'ends', label: t('token-ends'), cell: (one) => (one.expiresAt ? html`<${Time} at=${one.expiresAt} as="relative" />` : t('end-never')) },
    { name: 'made', label: t('users-made'), cell: (one) => html`<${Time} at=${one.createdAt} as="date" />` },
    { name: 'actions', label: t('manage-actions'), cell: (one) => html`<${Remove} one=${one} done=${done} />` },
];

function Remove({ one, done }) {
    const remove = async () => {
        if (!(await confirm({ title: t('invite-delete'), text: t('invite-delete-text', { code: one.code }), action: t('manage-delete') }))) return;
        await del(`/admin/invitations/${one.id}`);
        toast(t('invite-deleted'));
        done();
    };
    return html`<div class="row-actions"><${Button} kind="ghost" icon="trash" label=${t('invite-delete-one', { code: one.code })} onClick=${remove} /></div>`;
}

function Make({ onDone, onClose }) {
    const [note, setNote] = useState('');
    const [uses, setUses] = useState('1');
    const [count, setCount] = useState('1');
    const [end, setEnd] = useState('604800');
    const send = async () => {
        const asked = { note, usesMax: Number(uses), count: Number(count), ttlSeconds: Number(end) };
        const { invitations } = await post('/admin/invitations', asked);
        onDone(invitations);
    };
    return html`
        <${FormDialog} title=${t('invite-new')} action=${t('invite-make')} onSend=${send} onClose=${onClose}>
            <${Field} label=${t('invite-note')} hint=${t('invite-note-hint')} maxlength="256" autofocus autocomplete="off" value=${note} onInput=${setNote} />
            <div class="fields">
                <${Field} label=${t('invite-count')} type="number" min="1" max="100" required value=${count} onInput=${setCount} />
                <${Field} label=${t('invite-uses-max')} hint=${t('invite-uses-hint')} type="number" min="0" max="1000000" required value=${uses} onInput=${setUses} />
                <${EndSelect} label=${t('token-ends')} value=${end} onInput=${setEnd} />
            </div>
        <//>
    `;
}

/** Codes that were just made, whole this once. */
function Codes({ codes, onClose }) {
    const close = (event) => event.target.closest('dialog').close();
    const footer = html`
        ${codes.length > 1 && html`<${CopyButton} text=${codes.join('\n')}>${t('invite-copy-all')}<//>`}
        <${Button} kind="primary" onClick=${close}>${t('close')}<//>
    `;
    return html`
        <${Dialog} title=${t('invite-made', { count: codes.length })} onClose=${onClose} footer=${footer}>
            <p>${t('invite-once')}</p>
            <div class="stack-tight codes">${codes.map((code) => html`<${Secret} key=${code} text=${code} />`)}</div>
        <//>
    `;
}
