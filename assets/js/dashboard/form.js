// Forms of the dashboard.
import { html } from '../html.js';
import { Button } from '../ui.js';
import { useSending } from '../ui/form.js';

/** A form: `onSend` is async, and what it throws is shown above the button. */
export function Form({ action, onSend, children, kind = 'primary', disabled }) {
    const { send, isBusy, error } = useSending(onSend);
    return html`
        <form class="stack" onSubmit=${send}>
            ${children}
            ${error && html`<div class="form-error" role="alert">${error}</div>`}
            <div class="btn-line form-end"><${Button} kind=${kind} type="submit" busy=${isBusy} disabled=${disabled}>${action}<//></div>
        </form>
    `;
}
