// What can be seen of a request in the list.
import { html } from '../../html.js';
import { compact, number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { duration } from '../words.js';

const TONES = { success: 'good', failure: 'bad', client_error: 'warn', refused: 'warn', cancelled: '' };

/** What an outcome is called. */
export const outcomeName = (outcome) => t(`outcome-${outcome.replace('_', '-')}`);

export function Outcome({ of: { outcome, status } }) {
    const tone = TONES[outcome];
    return html`<span class=${`tag ${tone ? `tag-${tone}` : ''}`} title=${outcomeName(outcome)}>${status} ${outcomeName(outcome)}</span>`;
}

const text = (value) => html`<span class="cut" title=${value}>${value || '–'}</span>`;

/** The model, and the name that the client gave it where that is another one. */
export const asked = ({ model, asked_model: name }) => (name && name !== model ? `${name} → ${model || '?'}` : model);

/** `names` are the tokens'; what has just happened knows them by id only. */
export const requestColumns = (names) => [
    { name: 'at', cell: (one) => html`<${Time} at=${one.at} as="clock" />` },
    { name: 'outcome', cell: (one) => html`<${Outcome} of=${one} />` },
    { name: 'model', cell: (one) => text(asked(one)) },
    { name: 'reason', cell: (one) => (one.error_code ? html`<code class="cut" title=${one.error_message}>${one.error_code}</code>` : '–') },
    { name: 'provider', cell: (one) => text(one.provider) },
    { name: 'token', cell: (one) => text(one.token_id ? one.token ?? names.get(one.token_id) ?? `#${one.token_id}` : t('requests-no-token')) },
    { name: 'key', cell: (one) => (one.key || one.key_id ? html`<code>${one.key ?? `#${one.key_id}`}</code>` : '–') },
    { name: 'attempts', cell: (one) => number(one.attempts.length), num: true },
    { name: 'ttft', cell: (one) => duration(one.ttft_ms), num: true },
    { name: 'latency', cell: (one) => duration(one.latency_ms), num: true },
    { name: 'tokens', cell: (one) => compact(one.prompt_tokens + one.completion_tokens), num: true },
].map((column) => ({ ...column, label: t(`requests-${column.name}`) }));
