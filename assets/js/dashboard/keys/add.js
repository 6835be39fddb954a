// One more key.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { usualOf } from '../../providers.js';
import { Dialog, Field, Select, Switch, toast } from '../../ui.js';
import { Form } from '../form.js';

/** Days until it ends; 0 for no end. */
const DAYS = [0, 1, 7, 30, 90, 365];
const DAY_SECS = 86_400;

export function AddKey({ provider, providers, onClose, onDone }) {
    const first = provider === 'all' ? usualOf(providers.map(({ id }) => id)) : provider;
    const [values, set] = useState({ provider: first, api_key: '', username: '', account: '', days: '0', weight: '1', cap: '0', check: true });
    const put = (name) => (value) => set((old) => ({ ...old, [name]: value }));
    const send = async () => {
        const { days, weight, cap, check, ...rest } = values;
        const { id } = await post('/admin/api-keys', { ...rest, ttl: Number(days) * DAY_SECS, weight: Number(weight), max_concurrency: Number(cap) });
        onDone();
        onClose();
        toast(t('add-done'));
        if (check) await verify(id).then(onDone);
    };
    return html`
        <${Dialog} title=${t('keys-add')} onClose=${onClose}>
            <${Form} action=${t('keys-add')} onSend=${send}>
                <${Select} label=${t('keys-provider')} value=${values.provider} onInput=${put('provider')} options=${providers.map(({ id, name }) => [id, name || id])} />
                <${Field} label=${t('keys-key')} hint=${t('add-key-hint')} type="password" required minlength="8" maxlength="2048" autocomplete="off" autofocus value=${values.api_key} onInput=${put('api_key')} />
                <div class="field-pair">
                    <${Field} label=${t('keys-username')} maxlength="256" value=${values.username} onInput=${put('username')} />
                    <${Field} label=${t('keys-account')} hint=${t('edit-account-hint')} maxlength="256" value=${values.account} onInput=${put('account')} />
                </div>
                <${Select} label=${t('add-ends')} value=${values.days} onInput=${put('days')} options=${DAYS.map((count) => [String(count), t('add-days', { count })])} />
                <div class="field-pair">
                    <${Field} label=${t('keys-weight')} hint=${t('edit-weight-hint')} type="number" required min="1" max="1000" value=${values.weight} onInput=${put('weight')} />
                    <${Field} label=${t('keys-cap')} hint=${t('edit-cap-hint')} type="number" required min="0" value=${values.cap} onInput=${put('cap')} />
                </div>
                <${Switch} label=${t('add-check')} checked=${values.check} onInput=${put('check')} />
            <//>
        <//>
    `;
}

/** Asks the provider whether a key works, and says what it said. */
export async function verify(id) {
    const { status } = await post('/admin/verify-key', { id });
    toast(t(`check-${status}`), { valid: 'success', invalid: 'danger' }[status] ?? 'info');
}
