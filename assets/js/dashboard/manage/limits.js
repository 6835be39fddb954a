// The limits of a token, in words and as fields.
import { html } from '../../html.js';
import { compact, number, t } from '../../i18n.js';
import { Field } from '../../ui.js';

/** Each limit by its name in the API of tokens, and of users. */
export const LIMITS = {
    rpm: 'rpm',
    tpm: 'tpm',
    daily_requests: 'dailyRequests',
    daily_tokens: 'dailyTokens',
    max_concurrency: 'maxConcurrency',
};

/** `60 requests/min, 100K tokens/day`; a limit of 0 is none. */
export function LimitsInWords({ of, names = Object.keys(LIMITS) }) {
    const set = names.filter((name) => of[name] > 0);
    if (!set.length) return html`<span class="text-secondary">${t('cap-none')}</span>`;
    return set.map((name) => html`<div key=${name} class="nowrap" title=${number(of[name])}>${t(`cap-short-${word(name)}`, { count: compact(of[name]) })}</div>`);
}

/** A field for each limit. `values` by name, as typed. */
export function LimitFields({ values, onInput, names = Object.keys(LIMITS) }) {
    const field = (name) => html`
        <${Field} key=${name} label=${t(`cap-${word(name)}`)} type="number" min="0" step="1" inputmode="numeric" placeholder=${t('cap-none')}
            value=${values[name] || ''} onInput=${(text) => onInput({ ...values, [name]: Number(text) })} />
    `;
    return html`
        <fieldset class="fields">
            <legend class="form-label">${t('caps')}</legend>
            ${names.map(field)}
        </fieldset>
    `;
}

/** `daily_requests` and `dailyRequests` are the same limit. */
function word(name) {
    const [known] = Object.entries(LIMITS).find((pair) => pair.includes(name));
    return known.replace('_', '-');
}
