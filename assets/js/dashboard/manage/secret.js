// A whole token or code, shown until its dialog is closed; it is kept nowhere.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { baseUrl, curl } from '../../snippets.js';
import { Button, CopyButton, Dialog, Snippet } from '../../ui.js';

const USUAL_MODEL = 'gpt-oss:20b';

/** A token with what to paste; `once` says that it isn't shown again. */
export function TokenShown({ token, providers = [], models = [], once, onClose }) {
    const provider = providers[0] === 'ollama' ? undefined : providers[0];
    const model = models.find((name) => !/[*?]/.test(name)) ?? USUAL_MODEL;
    const close = (event) => event.target.closest('dialog').close();
    return html`
        <${Dialog} wide title=${t('secret-title')} onClose=${onClose} footer=${html`<${Button} kind="primary" onClick=${close}>${t('close')}<//>`}>
            ${once && html`<p>${t('secret-once')}</p>`}
            <${Secret} text=${token} />
            <p class="text-secondary">${t('secret-snippet')}</p>
            <${Snippet} text=${curl(baseUrl(provider), token, model)} />
        <//>
    `;
}

/** A line to copy. */
export function Secret({ text }) {
    return html`<div class="secret"><code>${text}</code><${CopyButton} kind="ghost" text=${text} /></div>`;
}
