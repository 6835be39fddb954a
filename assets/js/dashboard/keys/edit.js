// Changing one key.
import { patch } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Field, toast } from '../../ui.js';
import { Form } from '../form.js';
import { Link } from '../place.js';
import { KeyFields } from './dialogs.js';

export function EditKey({ row, onDone }) {
    const [values, set] = useState({
        username: row.username, account: row.account, weight: String(row.weight),
        max_concurrency: String(row.max_concurrency), expires_at: localInput(row.expires_at),
    });
    const put = (name) => (value) => set((old) => ({ ...old, [name]: value }));
    const send = async () => {
        const ends = values.expires_at ? new Date(values.expires_at).toISOString() : null;
        const isSameEnd = values.expires_at === localInput(row.expires_at);
        const changed = await patch(`/admin/api-keys/${row.id}`, {
            username: values.username.trim(), account: values.account.trim(), weight: Number(values.weight),
            max_concurrency: Number(values.max_concurrency), expires_at: isSameEnd ? undefined : ends,
        });
        toast(t('edit-done'));
        onDone(changed);
    };
    return html`
        <section class="stack-tight">
            <h3>${t('detail-edit')}</h3>
            <${Form} action=${t('edit-save')} onSend=${send}>
                <${Field} label=${t('keys-username')} maxlength="256" value=${values.username} onInput=${put('username')} />
                <${KeyFields} values=${values} put=${put} />
            <//>
            <dl class="facts">
                <div><dt>${t('keys-id')}</dt><dd>${row.id}</dd></div>
                <div><dt>${t('keys-provider')}</dt><dd>${row.provider}</dd></div>
                <div><dt>${t('keys-family')}</dt><dd>${row.category.replaceAll(',', ', ') || '–'}</dd></div>
                <div><dt>${t('keys-plan')}</dt><dd>${row.plan || '–'}</dd></div>
                <div><dt>${t('keys-created')}</dt><dd><${Time} at=${row.created_at} /></dd></div>
                ${row.import_id && html`<div><dt>${t('keys-import')}</dt><dd><${Link} href=${`/dashboard/keys?import_id=${row.import_id}`}>${row.import_id}<//></dd></div>`}
            </dl>
        </section>
    `;
}

/** As a field for date and time has it, in the visitor's zone. */
function localInput(at) {
    if (!at) return '';
    const date = new Date(at);
    return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
