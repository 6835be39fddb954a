// The administrator's pages: one page with ten parts, each with an address of its own.
import { get } from './api.js';
import { Hub, useLive, useLiveState } from './dashboard/hub.js';
import { go, Link, useRemembered, usePath } from './dashboard/place.js';
import { html, useEffect, useRef } from './html.js';
import { t } from './i18n.js';
import { Button, Failure, Icon, Loading, Select, signOut, start, useLoad } from './ui.js';

/** What each part is: its module in `dashboard/`, which exports it by this name, and its picture. */
const TABS = [
    { name: 'overview', exported: 'Overview', icon: 'layout-dashboard' },
    { name: 'keys', exported: 'Keys', icon: 'key' },
    { name: 'tokens', exported: 'Tokens', icon: 'ticket' },
    { name: 'users', exported: 'Users', icon: 'users' },
    { name: 'import', exported: 'Import', icon: 'file-import' },
    { name: 'statistics', exported: 'Statistics', icon: 'chart-bar' },
    { name: 'requests', exported: 'Requests', icon: 'route' },
    { name: 'providers', exported: 'Providers', icon: 'server' },
    { name: 'settings', exported: 'Settings', icon: 'settings' },
    { name: 'audit', exported: 'Audit', icon: 'shield-check' },
];
const ALL = 'all';
const live = new Hub();
const site = document.title;

const pathOf = ({ name }) => (name === 'overview' ? '/dashboard' : `/dashboard/${name}`);

function Dashboard() {
    const providers = useLoad((signal) => get('/admin/providers', { signal }).then((answer) => answer.providers));
    const path = usePath();
    const tab = TABS.find((one) => pathOf(one) === path) ?? TABS[0];
    if (providers.error && !providers.data) return html`<${Closed} error=${providers.error} retry=${providers.reload} />`;
    if (!providers.data) return html`<${Head} tab=${tab} /><div class="card"><${Loading} lines=${6} /></div>`;
    return html`<${Parts} tab=${tab} providers=${providers.data} setProviders=${providers.setData} reloadProviders=${providers.reload} />`;
}

/** For whoever may be here. */
function Parts({ tab, providers, setProviders, reloadProviders }) {
    const [chosen, choose] = useRemembered('dashboard_provider', ALL);
    useLive(live, { poll: () => get('/admin/providers').then((answer) => setProviders(answer.providers)) });
    useTitle(tab);
    const provider = providers.some(({ id }) => id === chosen) ? chosen : ALL;
    return html`
        <${Head} tab=${tab} provider=${provider} providers=${providers} choose=${choose} />
        <${Part} key=${tab.name} tab=${tab} provider=${provider} providers=${providers} reloadProviders=${reloadProviders} live=${live} />
    `;
}

/** What is above each part. It is there at once, so that nothing moves when the providers come. */
function Head({ tab, provider = ALL, providers = [], choose }) {
    const options = [[ALL, t('dash-all-providers')], ...providers.map(({ id, name }) => [id, name || id])];
    return html`
        <${Navigation} current=${tab} />
        <div class="page-head">
            <div><h1>${t(`tab-${tab.name}`)}</h1></div>
            <${LiveState} />
            <${Select} bare label=${t('dash-provider')} value=${provider} options=${options} onInput=${choose} disabled=${!choose} />
        </div>
    `;
}

/** Why there is nothing to see: mostly somebody who is signed in, but is no administrator. */
function Closed({ error, retry }) {
    if (error.status !== 403) return html`<div class="card"><${Failure} error=${error} retry=${retry} /></div>`;
    return html`
        <section class="notice">
            <p class="notice-code" aria-hidden="true">403</p>
            <h1>${t('dash-closed')}</h1>
            <p>${t('dash-closed-hint')}</p>
            <div class="btn-line">
                <a class="btn btn-primary" href="/user"><${Icon} name="user" /><span>${t('my-account')}</span></a>
                <${Button} icon="logout" onClick=${signOut}>${t('sign-out')}<//>
            </div>
        </section>
    `;
}

function Navigation({ current }) {
    const shown = useRef();
    useEffect(() => shown.current.querySelector('[aria-current]').scrollIntoView({ block: 'nearest', inline: 'center' }), [current]);
    return html`
        <nav class="parts" aria-label=${t('dash-parts')} ref=${shown}>
            ${TABS.map((tab) => html`
                <${Link} key=${tab.name} href=${pathOf(tab)} aria-current=${tab === current ? 'page' : undefined}>
                    <${Icon} name=${tab.icon} /><span>${t(`tab-${tab.name}`)}</span>
                <//>
            `)}
        </nav>
    `;
}

/** The address names a part; going to another tells screen readers where they are. */
function useTitle(tab) {
    const isFirst = useRef(true);
    useEffect(() => {
        document.title = `${t(`tab-${tab.name}`)} · ${site}`;
        if (!isFirst.current) document.getElementById('main').focus({ preventScroll: true });
        isFirst.current = false;
    }, [tab]);
}

function LiveState() {
    const state = useLiveState(live);
    const tone = { live: 'good', polling: 'warn', offline: 'bad' }[state] ?? '';
    return html`<span class=${`tag ${tone && `tag-${tone}`}`} role="status" title=${t(`live-${state}.more`)}>${t(`live-${state}`)}</span>`;
}

/** A part's module comes when it is looked at. */
function Part({ tab, ...rest }) {
    const module = useLoad(() => import(`./dashboard/${tab.name}.js`).catch(() => {
        throw new Error(t('dash-part-missing'));
    }));
    if (module.error) return html`<div class="card"><${Failure} error=${module.error} retry=${() => location.reload()} /></div>`;
    if (!module.data) return html`<div class="card"><${Loading} lines=${6} /></div>`;
    return html`<${module.data[tab.exported]} go=${go} ...${rest} />`;
}

start(html`<${Dashboard} />`, 'dashboard', 'manage');
