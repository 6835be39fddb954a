// How a setting is changed: by the kind of its values.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Area, Button, Field, Select, Switch } from '../../ui.js';
import { shown } from './words.js';

/** What can be chosen at once is saved at once; what is typed has a button. */
export function Control({ setting, title, value, error, onInput, onSave }) {
    const { type, of } = setting.range;
    const isSame = JSON.stringify(value) === JSON.stringify(setting.value);
    const problem = error && html`<div class="field-error" role="alert">${error}</div>`;
    if (type === 'boolean') {
        return html`<div><${Switch} label=${shown(setting, value)} aria-label=${title} checked=${value} onInput=${(on) => onInput(on, true)} />${problem}</div>`;
    }
    if (type === 'choice') {
        return html`<div><${Select} bare label=${title} value=${value} options=${of.map((word) => [word, shown(setting, word)])} onInput=${(word) => onInput(word, true)} />${problem}</div>`;
    }
    const send = async (event) => {
        event.preventDefault();
        if (!isSame) await onSave();
    };
    const button = html`<${Button} kind=${isSame ? '' : 'primary'} type="submit" disabled=${isSame}>${t('manage-save')}<//>`;
    if (type === 'integer') {
        return html`
            <form onSubmit=${send}>
                <${Field} label=${title} type="number" required min=${setting.range.min} max=${setting.range.max} value=${value} error=${error} side=${button}
                    class="label-hidden" onInput=${(text) => onInput(text === '' ? '' : Number(text))} />
            </form>
        `;
    }
    return html`
        <form class="stack-tight" onSubmit=${send}>
            <${Area} label=${title} class="label-hidden" hint=${t('settings-domains-hint')} placeholder="example.org" spellcheck="false"
                rows=${Math.min(8, value.length + 1)} value=${value.join('\n')} error=${error} onInput=${(text) => onInput(text.split('\n'))} />
            <div class="btn-line">${button}</div>
        </form>
    `;
}
