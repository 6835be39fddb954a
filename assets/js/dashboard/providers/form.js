// A provider to add or to change.
import { patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Field, FormDialog, Select, toast } from '../../ui.js';

const KINDS = ['openai', 'ollama', 'openrouter'];

export function ProviderForm({ provider, onDone, onClose }) {
    const isNew = provider.id === undefined;
    const [id, setId] = useState(provider.id ?? '');
    const [name, setName] = useState(provider.name ?? '');
    const [url, setUrl] = useState(provider.base_url ?? '');
    const [kind, setKind] = useState(provider.kind ?? 'openai');
    const send = async () => {
        const where = provider.built_in ? {} : { base_url: url.trim(), kind };
        if (isNew) await post('/admin/providers', { id, ...(name && { name }), ...where });
        else await patch(`/admin/providers/${encodeURIComponent(provider.id)}`, { name, ...where });
        toast(t('manage-saved'));
        onDone();
    };
    return html`
        <${FormDialog} title=${isNew ? t('upstream-new') : t('upstream-edit', { name: provider.name })} action=${t(isNew ? 'upstream-add' : 'manage-save')} onSend=${send} onClose=${onClose}>
            ${isNew && html`<${Field} label=${t('upstream-id')} hint=${t('upstream-id-hint')} required autofocus maxlength="40" pattern="[a-z][a-z0-9\\-]*"
                autocomplete="off" spellcheck="false" placeholder="groq" value=${id} onInput=${setId} />`}
            <${Field} label=${t('upstream-name')} maxlength="100" required=${!isNew} autocomplete="off" placeholder=${id} value=${name} onInput=${setName} />
            ${provider.built_in && html`<p class="text-secondary">${t('upstream-built-in-hint')}</p>`}
            ${!provider.built_in && html`
                <${Field} label=${t('upstream-where')} hint=${t('upstream-where-hint')} type="url" required autocomplete="off" placeholder="https://api.groq.com/openai" value=${url} onInput=${setUrl} />
                <${Select} label=${t('upstream-kind')} value=${kind} options=${KINDS.map((one) => [one, one])} onInput=${setKind} />
            `}
        <//>
    `;
}
