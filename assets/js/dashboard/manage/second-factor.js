// What carries secrets away takes another code of one's second factor, for those who have one.
import { html, render, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Field, FormDialog } from '../../ui.js';

/**
 * Does something that may need a code: `act(headers)`, again with what is typed when the answer asks
 * for it. Nothing when no code was given.
 */
export async function confirmed(act) {
    let answer;
    try {
        return await act({});
    } catch (error) {
        if (error.code !== 'totp_required') throw error;
    }
    await ask(async (code) => {
        answer = await act({ 'x-totp-code': code });
    });
    return answer;
}

/** Asks for a code until one is taken, or the dialog is closed. */
function ask(send) {
    return new Promise((resolve) => {
        const root = document.body.appendChild(document.createElement('div'));
        const close = () => {
            render(null, root);
            root.remove();
            resolve();
        };
        render(html`<${Code} send=${send} onClose=${close} />`, root);
    });
}

function Code({ send, onClose }) {
    const [code, setCode] = useState('');
    return html`
        <${FormDialog} title=${t('factor-title')} action=${t('confirm')} onSend=${() => send(code)} onClose=${onClose}>
            <${Field} label=${t('factor-code')} hint=${t('factor-hint')} required autofocus inputmode="numeric"
                autocomplete="one-time-code" maxlength="20" value=${code} onInput=${setCode} />
        <//>
    `;
}
