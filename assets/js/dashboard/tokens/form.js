// A token to make or to change.
import { patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { dateTime } from '../../time.js';
import { Area, Choices, Field, FormDialog, toast } from '../../ui.js';
import { EndSelect } from '../manage/ends.js';
import { LimitFields, LIMITS } from '../manage/limits.js';

/** Text with one entry a line, as a list. */
const entries = (text) => text.split(/[\n,]/).map((line) => line.trim()).filter(Boolean);

export function TokenForm({ token, providers, onDone, onClose }) {
    const isNew = token.id === undefined;
    const [name, setName] = useState(token.name ?? '');
    const [end, setEnd] = useState(isNew ? '0' : '');
    const [chosen, setChosen] = useState(token.providers ?? []);
    const [models, setModels] = useState((token.models ?? []).join('\n'));
    const [addresses, setAddresses] = useState((token.ip_allow ?? []).join('\n'));
    const [limits, setLimits] = useState(Object.fromEntries(Object.keys(LIMITS).map((limit) => [limit, token[limit] ?? 0])));
    const send = async () => {
        const fields = { name, providers: chosen, models: entries(models), ip_allow: entries(addresses), ...limits };
        if (end) fields.expiresIn = Number(end);
        if (isNew) return onDone(await post('/admin/tokens', fields));
        await patch(`/admin/tokens/${token.id}`, fields);
        toast(t('manage-saved'));
        return onDone();
    };
    const keep = !isNew && t('end-keep', { end: token.expires_at ? dateTime(token.expires_at) : t('end-never') });
    return html`
        <${FormDialog} wide title=${isNew ? t('token-new') : t('token-edit', { name: token.name })} action=${t(isNew ? 'token-make' : 'manage-save')}
            onSend=${send} onClose=${onClose}>
            <div class="fields">
                <${Field} label=${t('token-name')} required autofocus maxlength="256" autocomplete="off" value=${name} onInput=${setName} />
                <${EndSelect} label=${t('token-ends')} value=${end} keep=${keep} onInput=${setEnd} />
            </div>
            <${Choices} label=${t('token-providers')} hint=${t('token-providers-hint')} values=${chosen} onInput=${setChosen}
                options=${providers.map(({ id, name: title }) => [id, title || id])} />
            <div class="fields">
                <${Area} label=${t('token-models')} hint=${t('token-models-hint')} placeholder="gpt-oss*" spellcheck="false" value=${models} onInput=${setModels} />
                <${Area} label=${t('token-addresses')} hint=${t('token-addresses-hint')} placeholder="10.0.0.0/8" spellcheck="false" value=${addresses} onInput=${setAddresses} />
            </div>
            <${LimitFields} values=${limits} onInput=${setLimits} />
        <//>
    `;
}
