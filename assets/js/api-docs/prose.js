// Text of the API's description: paragraphs, and code in backticks.
import { html } from '../html.js';

export function Prose({ text }) {
    return text?.split(/\n\s*\n/).map((paragraph, n) => html`<p key=${n}>${inline(paragraph.replaceAll('\n', ' '))}</p>`);
}

function inline(text) {
    return text.split('`').map((part, n) => (n % 2 ? html`<code key=${n}>${part}</code>` : part));
}
