// What the list of tokens shows of each.
import { html } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { LimitsInWords } from '../manage/limits.js';
import { TokenActions } from './actions.js';

/** The columns; `edit` opens the form, `show` a whole token, and `done` loads the list again. */
export const columns = (act) => [
    { name: 'name', label: t('token-name'), sort: 'name', cell: (token) => html`<${Name} token=${token} />` },
    { name: 'status', label: t('token-status'), cell: (token) => html`<${Status} token=${token} />` },
    { name: 'allowed', label: t('token-allowed'), cell: (token) => html`<${Allowed} token=${token} />` },
    { name: 'limits', label: t('caps'), cell: (token) => html`<${LimitsInWords} of=${token} />` },
    { name: 'requests', label: t('token-requests'), num: true, sort: 'request_count', cell: (token) => number(token.requestCount) },
    { name: 'used', label: t('token-used'), sort: 'last_used', cell: (token) => html`<${Time} at=${token.lastUsed} as="relative" />` },
    { name: 'ends', label: t('token-ends'), sort: 'expires_at', cell: (token) => (token.expires_at ? html`<${Time} at=${token.expires_at} as="date" />` : t('end-never')) },
    { name: 'made', label: t('token-made'), sort: 'id', cell: (token) => html`<${Time} at=${token.createdAt} as="date" />` },
    { name: 'actions', label: t('manage-actions'), wide: true, cell: (token) => html`<${TokenActions} token=${token} ...${act} />` },
];

function Name({ token }) {
    return html`
        <strong class="cut" title=${token.name}>${token.name}</strong>
        <code>${token.token}</code>
    `;
}

const isOver = ({ expires_at: end }) => end !== null && Date.parse(end) <= Date.now();

function Status({ token }) {
    const [tone, name] = !token.enabled ? ['bad', 'disabled'] : isOver(token) ? ['warn', 'expired'] : ['good', 'active'];
    return html`
        <span class=${`tag tag-${tone}`}>${t(`token-is-${name}`)}</span>
        ${token.previous_until && html`<div class="note">${t('token-previous')} <${Time} at=${token.previous_until} as="relative" /></div>`}
    `;
}

/** Where a token may be used: providers, models and addresses; nothing where it is everywhere. */
function Allowed({ token: { providers, models, ip_allow: addresses, user_id: user } }) {
    const lists = [['providers', providers], ['models', models], ['addresses', addresses]].filter(([, list]) => list.length);
    return html`
        ${user !== null && html`<div class="note">${t('token-of-user', { id: String(user) })}</div>`}
        ${!lists.length && html`<span class="text-secondary">${t('token-everything')}</span>`}
        ${lists.map(([name, list]) => html`<div key=${name} class="cut" title=${`${t(`token-${name}`)}: ${list.join(', ')}`}>${list.join(', ')}</div>`)}
    `;
}
