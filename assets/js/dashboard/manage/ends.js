// When something ends: so many days from now, never, or as it is.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Select } from '../../ui.js';

const DAY_SECS = 86_400;
const DAYS = [1, 3, 7, 30, 90, 365];

/** A choice of ends. The value is seconds from now as text, `0` for never, empty for as it is. */
export function EndSelect({ label, value, onInput, keep, hint }) {
    const days = DAYS.map((count) => [String(count * DAY_SECS), t('end-days', { count })]);
    const options = [keep && ['', keep], ['0', t('end-never')], ...days].filter(Boolean);
    return html`<${Select} label=${label} hint=${hint} value=${value} options=${options} onInput=${onInput} />`;
}
