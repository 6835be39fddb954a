// What people are told, and telling them something new.
import { del, get, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Area, Button, confirm, Dialog, Empty, Failure, Field, Loading, Select, toast, useLoad } from '../../ui.js';
import { Form } from '../form.js';

const SHOWN = 20;
const LEVELS = ['info', 'warning', 'critical'];
const AUDIENCES = ['all', 'users', 'admins'];
const TONES = { warning: 'warn', critical: 'bad' };

export function Announcements() {
    const list = useLoad((signal) => get(`/admin/announcements?pageSize=${SHOWN}`, { signal }).then((answer) => answer.announcements));
    const [isNew, setNew] = useState(false);
    const remove = async (one) => {
        if (!(await confirm({ title: t('news-delete'), text: one.title, action: t('news-delete') }))) return;
        await del(`/admin/announcements/${one.id}`);
        list.reload();
    };
    return html`
        <section class="card span-4 span-wide">
            <div class="card-head">
                <h2>${t('news-title')}</h2>
                <${Button} icon="plus" onClick=${() => setNew(true)}>${t('news-add')}<//>
            </div>
            ${list.error && !list.data && html`<${Failure} error=${list.error} retry=${list.reload} />`}
            ${!list.data && !list.error && html`<${Loading} />`}
            ${list.data?.length === 0 && html`<${Empty} icon="bell" title=${t('news-none')} />`}
            <ul class="plain">${list.data?.map((one) => html`<${Line} key=${one.id} one=${one} onRemove=${() => remove(one)} />`)}</ul>
        </section>
        ${isNew && html`<${Draft} onClose=${() => setNew(false)} onDone=${list.reload} />`}
    `;
}

function Line({ one, onRemove }) {
    const tone = TONES[one.level];
    return html`
        <li class="line">
            <div class="line-text">
                <strong>${one.title}</strong><span class=${`tag ${tone ? `tag-${tone}` : ''}`}>${t(`news-level-${one.level}`)}</span>
                <div class="text-secondary">${t(`news-to-${one.audience}`)} · <${Time} at=${one.createdAt} as="relative" /></div>
                ${one.endsAt && html`<div class="text-secondary">${t('news-until')} <${Time} at=${one.endsAt} /></div>`}
            </div>
            <${Button} kind="ghost" icon="trash" label=${t('news-delete')} onClick=${onRemove} />
        </li>
    `;
}

function Draft({ onClose, onDone }) {
    const [draft, set] = useState({ title: '', body: '', level: 'info', audience: 'all', endsAt: '' });
    const put = (name) => (value) => set((old) => ({ ...old, [name]: value }));
    const send = async () => {
        await post('/admin/announcements', { ...draft, endsAt: draft.endsAt ? new Date(draft.endsAt).toISOString() : null });
        toast(t('news-done'));
        onDone();
        onClose();
    };
    return html`
        <${Dialog} title=${t('news-add')} onClose=${onClose}>
            <${Form} action=${t('news-send')} onSend=${send}>
                <${Field} label=${t('news-field-title')} required maxlength="200" autofocus value=${draft.title} onInput=${put('title')} />
                <${Area} label=${t('news-field-body')} rows="4" maxlength="20000" value=${draft.body} onInput=${put('body')} />
                <div class="field-pair">
                    <${Select} label=${t('news-field-level')} value=${draft.level} onInput=${put('level')} options=${LEVELS.map((name) => [name, t(`news-level-${name}`)])} />
                    <${Select} label=${t('news-field-audience')} value=${draft.audience} onInput=${put('audience')} options=${AUDIENCES.map((name) => [name, t(`news-to-${name}`)])} />
                </div>
                <${Field} label=${t('news-field-end')} hint=${t('news-field-end-hint')} type="datetime-local" value=${draft.endsAt} onInput=${put('endsAt')} />
            <//>
        <//>
    `;
}
