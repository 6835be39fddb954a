// Something to copy.
import { html } from '../html.js';
import { CopyButton } from './button.js';

/** Text to paste elsewhere. `copied` is copied instead, if it is given: text, or what makes it. */
export function Snippet({ text, copied = text }) {
    return html`
        <div class="snippet">
            <pre tabindex="0"><code>${text}</code></pre>
            <${CopyButton} text=${copied} />
        </div>
    `;
}
