// What can be seen of a key in the list.
import { html } from '../../html.js';
import { number, percent, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { KeyState } from './state.js';

const text = (value) => (value ? html`<span class="cut" title=${value}>${value}</span>` : html`<span class="text-secondary">–</span>`);
const time = (at) => html`<${Time} at=${at} as="relative" />`;

/** Those with `extra` are shown only if somebody asks for them. */
export const keyColumns = () => [
    { name: 'key', cell: (key) => html`<code>${key.api_key}</code>`, sort: 'id' },
    { name: 'state', cell: (key) => html`<${KeyState} of=${key} />`, sort: 'status' },
    { name: 'username', cell: (key) => text(key.username), sort: 'username' },
    { name: 'account', cell: (key) => text(key.account), sort: 'account' },
    { name: 'provider', cell: (key) => text(key.provider), sort: 'provider' },
    { name: 'family', cell: (key) => text(key.category.replaceAll(',', ', ')) },
    { name: 'plan', cell: (key) => text(key.plan), extra: true },
    { name: 'weight', cell: (key) => number(key.weight), sort: 'weight', num: true, extra: true },
    { name: 'cap', cell: (key) => (key.max_concurrency ? number(key.max_concurrency) : '∞'), num: true, extra: true },
    { name: 'requests', cell: (key) => number(key.total_requests), sort: 'total_requests', num: true },
    { name: 'answers', cell: (key) => number(key.answers), num: true, extra: true },
    { name: 'failed-attempts', cell: (key) => number(key.failed_attempts), num: true, extra: true },
    { name: 'success', cell: (key) => (key.total_requests ? percent(key.success_rate) : '–'), sort: 'success_rate', num: true },
    { name: 'used', cell: (key) => time(key.last_used), sort: 'last_used' },
    { name: 'created', cell: (key) => time(key.created_at), sort: 'created_at', extra: true },
    { name: 'expires', cell: (key) => time(key.expires_at), sort: 'expires_at', extra: true },
    { name: 'import', cell: (key) => key.import_id ?? '–', num: true, extra: true },
    { name: 'id', cell: (key) => key.id, num: true, extra: true },
].map((column) => ({ ...column, label: t(`keys-${column.name}`) }));
