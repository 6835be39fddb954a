// Taking many keys out of rotation, and giving many the same values.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Dialog, Field, Select } from '../../ui.js';
import { Form } from '../form.js';

/** In seconds; 0 until somebody enables them. */
const SPANS = [3_600, 21_600, 86_400, 604_800, 0];

export function DisableKeys({ picked, count, onClose, onDone }) {
    const [duration, setDuration] = useState('3600');
    const [reason, setReason] = useState('');
    const send = async () => onDone(await post('/admin/keys/disable', { ...picked, duration: Number(duration), reason: reason.trim() }));
    return html`
        <${Dialog} title=${t('disable-title', { count: number(count) })} onClose=${onClose}>
            <${Form} action=${t('bulk-disable')} kind="danger" onSend=${send}>
                <${Select} label=${t('disable-span')} autofocus value=${duration} onInput=${setDuration} options=${SPANS.map((secs) => [String(secs), t(`disable-${secs}`)])} />
                <${Field} label=${t('disable-reason')} hint=${t('disable-reason-hint')} maxlength="256" value=${reason} onInput=${setReason} />
                <p class="text-secondary">${t('disable-note')}</p>
            <//>
        <//>
    `;
}

/** What is left empty stays as it is. */
export function EditKeys({ picked, count, onClose, onDone }) {
    const [values, set] = useState({});
    const put = (name) => (value) => set((old) => ({ ...old, [name]: value }));
    const send = async () => onDone(await post('/admin/keys/update', { ...picked, set: changed(values) }));
    return html`
        <${Dialog} title=${t('edit-title', { count: number(count) })} onClose=${onClose}>
            <${Form} action=${t('edit-save')} onSend=${send} disabled=${!Object.values(values).some(Boolean)}>
                <p class="text-secondary">${t('edit-lead')}</p>
                <${KeyFields} values=${values} put=${put} />
            <//>
        <//>
    `;
}

/** The values that administrators choose. */
export function KeyFields({ values, put }) {
    return html`
        <${Field} label=${t('keys-account')} hint=${t('edit-account-hint')} maxlength="256" value=${values.account ?? ''} onInput=${put('account')} />
        <div class="field-pair">
            <${Field} label=${t('keys-weight')} hint=${t('edit-weight-hint')} type="number" min="1" max="1000" value=${values.weight ?? ''} onInput=${put('weight')} />
            <${Field} label=${t('keys-cap')} hint=${t('edit-cap-hint')} type="number" min="0" value=${values.max_concurrency ?? ''} onInput=${put('max_concurrency')} />
        </div>
        <${Field} label=${t('keys-expires')} type="datetime-local" value=${values.expires_at ?? ''} onInput=${put('expires_at')} />
    `;
}

/** As the API takes them, those that are filled in. */
function changed({ account, weight, max_concurrency: cap, expires_at: end }) {
    return {
        account: account?.trim() || undefined,
        weight: weight ? Number(weight) : undefined,
        max_concurrency: cap ? Number(cap) : undefined,
        expires_at: end ? new Date(end).toISOString() : undefined,
    };
}
