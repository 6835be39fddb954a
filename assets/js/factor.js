// The field for a code of the second factor, or for a recovery code instead.
import { html, useState } from './html.js';
import { t } from './i18n.js';
import { Button, Field } from './ui.js';

export function FactorField({ value, onInput }) {
    const [name, setName] = useState('code');
    const swap = () => {
        setName(name === 'code' ? 'recovery' : 'code');
        onInput('');
    };
    // Phones show digits alone for a code, and letters for a recovery code.
    const how = name === 'code' ? { inputmode: 'numeric', autocomplete: 'one-time-code' } : { autocomplete: 'off', spellcheck: 'false' };
    return html`
        <${Field} key=${name} label=${t(`factor-${name}`)} hint=${t(`factor-${name}.hint`)} required autofocus ...${how} value=${value} onInput=${onInput} />
        <div class="links"><${Button} class="btn-link" onClick=${swap}>${t(`factor-${name}.other`)}<//></div>
    `;
}
