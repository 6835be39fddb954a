// What can be seen of a request in the list.
import { html } from '../../html.js';
import { compact, number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { duration } from '../words.js';

const TONES = { success: 'good', failure: 'bad', cancelled: '' };

export function Outcome({ of: { outcome, status } }) {
    return html`<span class=${`tag ${TONES[outcome] && `tag-${TONES[outcome]}`}`} title=${t(`outcome-${outcome}`)}>${status} ${t(`outcome-${outcome}`)}</span>`;
}

const text = (value) => html`<span class="cut" title=${value}>${value || '–'}</span>`;

/** `names` are the tokens'; what has just happened knows them by id only. */
export const requestColumns = (names) => [
    { name: 'at', cell: (one) => html`<${Time} at=${one.at} as="clock" />` },
    { name: 'outcome', cell: (one) => html`<${Outcome} of=${one} />` },
    { name: 'model', cell: (one) => text(one.model) },
    { name: 'provider', cell: (one) => text(one.provider) },
    { name: 'token', cell: (one) => text(one.token ?? names.get(one.token_id) ?? `#${one.token_id}`) },
    { name: 'key', cell: (one) => (one.key || one.key_id ? html`<code>${one.key ?? `#${one.key_id}`}</code>` : '–') },
    { name: 'attempts', cell: (one) => number(one.attempts.length), num: true },
    { name: 'ttft', cell: (one) => duration(one.ttft_ms), num: true },
    { name: 'latency', cell: (one) => duration(one.latency_ms), num: true },
    { name: 'tokens', cell: (one) => compact(one.prompt_tokens + one.completion_tokens), num: true },
].map((column) => ({ ...column, label: t(`requests-${column.name}`) }));
