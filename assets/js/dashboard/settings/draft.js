// An announcement to write or to change.
import { patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Area, Field, FormDialog, Select, toast } from '../../ui.js';

const LEVELS = ['info', 'warning', 'critical'];
const AUDIENCES = ['all', 'users', 'admins'];

/** A moment as a field has it, in the visitor's zone; and back. */
const toField = (at) => (at ? new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '');
const toMoment = (text) => (text ? new Date(text).toISOString() : null);

export function Draft({ notice, onDone, onClose }) {
    const isNew = notice.id === undefined;
    const [title, setTitle] = useState(notice.title ?? '');
    const [body, setBody] = useState(notice.body ?? '');
    const [level, setLevel] = useState(notice.level ?? 'info');
    const [audience, setAudience] = useState(notice.audience ?? 'all');
    const [from, setFrom] = useState(toField(notice.startsAt));
    const [until, setUntil] = useState(toField(notice.endsAt));
    const send = async () => {
        const draft = { title, body, level, audience, startsAt: toMoment(from), endsAt: toMoment(until) };
        await (isNew ? post('/admin/announcements', draft) : patch(`/admin/announcements/${notice.id}`, draft));
        toast(t('manage-saved'));
        onDone();
    };
    return html`
        <${FormDialog} wide title=${isNew ? t('notice-new') : t('notice-edit', { title: notice.title })} action=${t(isNew ? 'notice-announce' : 'manage-save')} onSend=${send} onClose=${onClose}>
            <${Field} label=${t('notice-title')} required autofocus maxlength="200" autocomplete="off" value=${title} onInput=${setTitle} />
            <${Area} label=${t('notice-body')} rows=${4} maxlength="20000" value=${body} onInput=${setBody} />
            <div class="field-pair">
                <${Select} label=${t('notice-level')} value=${level} options=${LEVELS.map((name) => [name, t(`notice-level-${name}`)])} onInput=${setLevel} />
                <${Select} label=${t('notice-audience')} value=${audience} options=${AUDIENCES.map((name) => [name, t(`notice-audience-${name}`)])} onInput=${setAudience} />
                <${Field} label=${t('notice-from')} hint=${t('notice-from-hint')} type="datetime-local" value=${from} onInput=${setFrom} />
                <${Field} label=${t('notice-until')} hint=${t('notice-until-hint')} type="datetime-local" value=${until} onInput=${setUntil} />
            </div>
        <//>
    `;
}
