// Forms, which show what went wrong above their button.
import { html, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';

/** Sends once at a time: `{ send, isBusy, error }`. `onSend(event)` is async, and what it throws is `error`. */
export function useSending(onSend) {
    const [error, setError] = useState('');
    const [isBusy, setBusy] = useState(false);
    const send = async (event) => {
        event.preventDefault();
        if (isBusy) return;
        setError('');
        setBusy(true);
        await onSend(event).catch((failure) => setError(failure.message));
        setBusy(false);
    };
    return { send, isBusy, error };
}

/** A form: `onSend` is async, and what it throws is shown above the button. */
export function Form({ action, onSend, children, below }) {
    const { send, isBusy, error } = useSending(onSend);
    return html`
        <form class="stack-tight" onSubmit=${send}>
            ${children}
            ${error && html`<div class="form-error" role="alert">${error}</div>`}
            <${Button} kind="primary" class="btn-block" type="submit" busy=${isBusy}>${action}<//>
            ${below}
        </form>
    `;
}

/** A form in a dialog, which closes when the form was sent. */
export function FormDialog({ title, action, kind = 'primary', onSend, onClose, wide, children }) {
    const form = useRef();
    const close = () => form.current.closest('dialog').close();
    const { send, isBusy, error } = useSending(() => onSend().then(close));
    return html`
        <${Dialog} title=${title} wide=${wide} onClose=${onClose}>
            <form ref=${form} class="stack" onSubmit=${send}>
                ${children}
                ${error && html`<div class="form-error" role="alert">${error}</div>`}
                <div class="btn-line form-end">
                    <${Button} onClick=${close}>${t('cancel')}<//>
                    <${Button} kind=${kind} type="submit" busy=${isBusy}>${action}<//>
                </div>
            </form>
        <//>
    `;
}
