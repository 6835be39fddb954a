// What somebody should look at.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Empty, Icon } from '../../ui.js';
import { Link } from '../place.js';

const DAY_MS = 86_400_000;

export function Attention({ figures, provider }) {
    const shown = [...aboutOutages(provider, figures.outages), ...aboutProviders(provider, figures.providers), ...aboutKeys(figures.keys), ...aboutOthers(figures)];
    return html`
        <section class="card span-8 span-wide">
            <div class="card-head"><h2>${t('needs-title')}</h2></div>
            ${shown.length ? html`<ul class="plain needs">${shown.map(line)}</ul>` : html`<${Empty} icon="circle-check" title=${t('needs-nothing')} />`}
        </section>
    `;
}

function line({ id, tone, icon, text, href }) {
    return html`
        <li key=${id}>
            <${Link} class=${`need need-${tone}`} href=${href}>
                <${Icon} name=${icon} /><span>${text}</span><${Icon} name="chevron-right" class="ms-auto" />
            <//>
        </li>
    `;
}

function aboutOutages(looked, { breakers, firewalls }) {
    const href = '/dashboard/providers#circuit-breakers';
    const isLooked = ({ provider }) => looked === 'all' || looked === provider;
    const open = breakers.filter((one) => isLooked(one) && one.state !== 'closed' && !one.one_client);
    const blamed = firewalls.filter((one) => isLooked(one) && one.state === 'upstream_blamed');
    return [
        ...open.map(({ provider, model }) => ({ id: `breaker-${provider}-${model}`, tone: 'bad', icon: 'alert-triangle', text: t('needs-breaker', { provider, model }), href })),
        ...blamed.map(({ provider }) => ({ id: `firewall-${provider}`, tone: 'bad', icon: 'server', text: t('needs-firewall', { provider }), href })),
    ];
}

function aboutProviders(provider, providers) {
    const href = '/dashboard/providers';
    const looked = providers.filter(({ id }) => provider === 'all' || provider === id);
    return looked.flatMap(({ id, name, enabled, keys }) => {
        const total = Object.values(keys).reduce((sum, count) => sum + count, 0);
        const say = (what, tone, href) => [{ id: `${id}-${what}`, tone, icon: 'server', text: t(`needs-provider-${what}`, { name: name || id }), href }];
        if (!enabled) return say('off', 'warn', href);
        if (!total) return say('empty', 'warn', '/dashboard/import');
        return keys.active ? [] : say('idle', 'bad', '/dashboard/keys');
    });
}

function aboutKeys(keys) {
    const some = [
        ['failed', 'bad', 'circle-x'],
        ['cooling', 'warn', 'clock'],
        ['expired', 'warn', 'calendar-check'],
    ];
    return some.filter(([name]) => keys[name]).map(([name, tone, icon]) => ({
        id: name, tone, icon, text: t(`needs-keys-${name}`, { count: keys[name] }), href: `/dashboard/keys?status=${name}`,
    }));
}

function aboutOthers({ pending, jobs }) {
    const isRecent = ({ finished_at: at }) => Date.now() - Date.parse(at) < DAY_MS;
    const failed = jobs.filter((job) => job.status === 'failed' && isRecent(job)).length;
    const running = jobs.filter((job) => job.status === 'running').length;
    return [
        pending && { id: 'pending', tone: 'warn', icon: 'user-plus', text: t('needs-users', { count: pending }), href: '/dashboard/users?pending=true' },
        failed && { id: 'jobs', tone: 'bad', icon: 'alert-triangle', text: t('needs-jobs', { count: failed }), href: '/dashboard/import' },
        running && { id: 'running', tone: 'info', icon: 'activity', text: t('needs-running', { count: running }), href: '/dashboard/import' },
    ].filter(Boolean);
}
