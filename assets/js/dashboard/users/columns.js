// What the list of users shows of each.
import { html } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { LIMITS, LimitsInWords } from '../manage/limits.js';

export const columns = () => [
    { name: 'email', label: t('users-email'), sort: 'email', cell: (user) => html`<strong class="cut" title=${user.email}>${user.email}</strong>` },
    { name: 'state', label: t('users-state'), cell: (user) => html`<${State} user=${user} />` },
    { name: 'role', label: t('users-role'), cell: (user) => t(`users-role-${user.role}`) },
    { name: 'key', label: t('users-key'), cell: (user) => (user.keyToken ? html`<code>${user.keyToken}</code>` : '–') },
    { name: 'ends', label: t('users-key-ends'), sort: 'keyExpiresAt', cell: (user) => html`<${KeyEnd} user=${user} />` },
    { name: 'requests', label: t('users-requests'), num: true, sort: 'keyRequestCount', cell: (user) => number(user.keyRequestCount) },
    { name: 'limits', label: t('caps'), extra: true, cell: (user) => html`<${LimitsInWords} of=${user} names=${Object.values(LIMITS)} />` },
    { name: 'login', label: t('users-login'), sort: 'lastLoginAt', cell: (user) => html`<${Time} at=${user.lastLoginAt} as="relative" />` },
    { name: 'signin', label: t('users-signin'), extra: true, sort: 'lastSignInAt', cell: (user) => html`<${Time} at=${user.lastSignInAt} as="relative" />` },
    { name: 'made', label: t('users-made'), sort: 'id', cell: (user) => html`<${Time} at=${user.createdAt} as="date" />` },
];

/** Whether a user may come in, in a word. */
export function State({ user }) {
    const [tone, name] = user.pending ? ['warn', 'pending'] : user.isActive ? ['good', 'active'] : ['bad', 'off'];
    return html`<span class=${`tag tag-${tone}`}>${t(`users-is-${name}`)}</span>`;
}

/** When a user's key ends, and that it has. */
export function KeyEnd({ user: { keyToken, keyExpiresAt: end } }) {
    if (!keyToken) return '–';
    if (!end) return t('end-never');
    const isOver = Date.parse(end) <= Date.now();
    return html`<span class=${isOver ? 'text-danger' : ''}><${Time} at=${end} as="relative" /></span>`;
}
