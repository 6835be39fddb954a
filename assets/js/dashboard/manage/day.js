// A day, as a filter.
import { html } from '../../html.js';

/** A day like 2026-11-25, empty for none. */
export function Day({ label, value, onInput }) {
    return html`
        <label class="day"><span>${label}</span>
            <input class="form-control" type="date" value=${value} onChange=${(event) => onInput(event.target.value)} />
        </label>
    `;
}

/** The day after, since the API's end is not part of a list; nothing for nothing. */
export function dayAfter(text) {
    return text && new Date(Date.parse(text) + 86_400_000).toISOString().slice(0, 10);
}
