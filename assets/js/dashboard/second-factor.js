// Secrets may ask for the code of a second factor once more.
import { html, render, useState } from '../html.js';
import { t } from '../i18n.js';
import { Dialog, Field } from '../ui.js';
import { Form } from './form.js';

/**
 * `call(options)` as it is, and with a code when the answer is that one is needed. Whoever closes
 * the dialog ends it: then this throws.
 */
export async function withSecondFactor(call) {
    try {
        return await call({ stay: true });
    } catch (error) {
        if (error.code !== 'totp_required') throw error;
        return ask(call, error);
    }
}

function ask(call, error) {
    return new Promise((resolve, reject) => {
        const root = document.body.appendChild(document.createElement('div'));
        const close = () => {
            render(null, root);
            root.remove();
            reject(error);
        };
        render(html`<${Code} call=${call} onDone=${resolve} onClose=${close} />`, root);
    });
}

function Code({ call, onDone, onClose }) {
    const [code, setCode] = useState('');
    const send = async () => {
        onDone(await call({ stay: true, headers: { 'x-totp-code': code.trim() } }));
        onClose();
    };
    return html`
        <${Dialog} title=${t('factor-title')} onClose=${onClose}>
            <${Form} action=${t('confirm')} onSend=${send}>
                <${Field} label=${t('factor-code')} hint=${t('factor-hint')} required autofocus inputmode="numeric" autocomplete="one-time-code" value=${code} onInput=${setCode} />
            <//>
        <//>
    `;
}
