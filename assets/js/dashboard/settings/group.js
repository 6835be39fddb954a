// Settings that belong together, each saved on its own.
import { patch } from '../../api.js';
import { html, useEffect, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Button, toast } from '../../ui.js';
import { Control } from './control.js';
import { meaning, range, shown, title } from './words.js';

export function Group({ name, settings, onChanged }) {
    return html`
        <section class="card" id=${name} aria-labelledby=${`${name}-title`}>
            <div class="card-head"><h2 id=${`${name}-title`}>${t(`settings-${name}`)}</h2></div>
            ${settings.map((setting) => html`<${Setting} key=${setting.name} setting=${setting} onChanged=${onChanged} />`)}
        </section>
    `;
}

/** A setting with its meaning, its range and its default. */
function Setting({ setting, onChanged }) {
    const { name, value, changed, updated_at: at } = setting;
    const [draft, setDraft] = useState(value);
    const [error, setError] = useState('');
    useEffect(() => setDraft(value), [JSON.stringify(value)]);
    const save = async (next) => {
        setError('');
        try {
            const { settings } = await patch('/admin/settings', { [name]: next });
            onChanged(settings);
            toast(t('settings-saved', { name: title(name) }));
        } catch (failure) {
            setError(failure.message);
        }
    };
    const put = (next, isFinal) => {
        setDraft(next);
        setError('');
        if (isFinal) save(next);
    };
    return html`
        <div class="setting">
            <div class="setting-text">
                <strong>${title(name)}</strong> ${changed && html`<span class="tag tag-warn">${t('settings-changed')}</span>`}
                <p class="text-secondary">${meaning(setting)}</p>
                <p class="note">${t('settings-default', { value: shown(setting, setting.default) })}${range(setting)}${at && html` · ${t('settings-since')} <${Time} at=${at} as="relative" />`}</p>
            </div>
            <div class="setting-control">
                <${Control} setting=${setting} title=${title(name)} value=${draft} error=${error} onInput=${put} onSave=${() => save(Array.isArray(draft) ? draft.map((line) => line.trim()).filter(Boolean) : draft)} />
                ${changed && html`<${Button} kind="ghost" icon="refresh" onClick=${() => save(null)}>${t('settings-reset')}<//>`}
            </div>
        </div>
    `;
}
