// Forms of the dashboard.
import { html, useState } from '../html.js';
import { Button } from '../ui.js';

/** A form: `onSend` is async, and what it throws is shown above the button. */
export function Form({ action, onSend, children, kind = 'primary', disabled }) {
    const [error, setError] = useState('');
    const [isBusy, setBusy] = useState(false);
    const send = async (event) => {
        event.preventDefault();
        if (isBusy) return;
        setError('');
        setBusy(true);
        await onSend().catch((failure) => setError(failure.message));
        setBusy(false);
    };
    return html`
        <form class="stack" onSubmit=${send}>
            ${children}
            ${error && html`<div class="form-error" role="alert">${error}</div>`}
            <div class="btn-line form-end"><${Button} kind=${kind} type="submit" busy=${isBusy} disabled=${disabled}>${action}<//></div>
        </form>
    `;
}
