import { html } from '../html.js';
export const Overview = ({ provider }) => html`<p>${provider}</p>`;
