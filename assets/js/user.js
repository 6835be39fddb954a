// One's own key, what it was used for, and one's account.
import { get } from './api.js';
import { html, useState } from './html.js';
import { t } from './i18n.js';
import { usePanel } from './panels.js';
import { Failure, Loading, start, Tabs, useLoad } from './ui.js';
import { Account } from './user/account.js';
import { CheckIn } from './user/check-in.js';
import { Connect } from './user/connect.js';
import { KeyCard } from './user/key.js';
import { Limits } from './user/limits.js';
import { Notices } from './user/notices.js';
import { Usage } from './user/usage.js';

const PANELS = ['overview', 'connect', 'account'];

function User() {
    const profile = useLoad((signal) => get('/api/auth/profile', { signal }).then(({ user }) => user));
    const [panel, show] = usePanel(PANELS);
    const user = profile.data;
    if (profile.error && !user) return html`<div class="card"><${Failure} error=${profile.error} retry=${profile.reload} /></div>`;
    if (!user) return html`<div class="card"><${Loading} lines=${6} /></div>`;
    const shown = { overview: Overview, connect: Connect, account: Account }[panel];
    return html`
        <div class="page-head">
            <div>
                <h1>${t('user-title')}</h1>
                <p class="text-secondary">${user.email}</p>
            </div>
        </div>
        <${Notices} />
        <${Tabs} label=${t('user-title')} tabs=${PANELS.map((name) => [name, t(`panel-${name}`)])} value=${panel} onChange=${show}>
            <${shown} user=${user} reload=${profile.reload} setUser=${profile.setData} />
        <//>
    `;
}

function Overview({ user, reload, setUser }) {
    const [days, setDays] = useState(30);
    const usage = useLoad((signal) => get(`/api/auth/usage?days=${days}`, { signal }), [days]);
    return html`
        <div class="grid">
            <div class="span-7 span-wide stack">
                <${KeyCard} user=${user} setUser=${setUser} />
                <${Limits} usage=${usage} />
            </div>
            <div class="span-5 span-wide"><${CheckIn} user=${user} onDone=${reload} /></div>
            <${Usage} usage=${usage} days=${days} setDays=${setDays} />
        </div>
    `;
}

start(html`<${User} />`, 'user', 'portal');
