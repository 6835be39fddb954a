// What can be changed while the service runs, and what is announced.
import { get } from '../api.js';
import { html, useEffect } from '../html.js';
import { t } from '../i18n.js';
import { Failure, Loading, useLoad } from '../ui.js';
import { Announcements } from './settings/announcements.js';
import { Group } from './settings/group.js';

/** Which settings stand together. Those of a newer service, which are in none, come last. */
const GROUPS = {
    pool: ['max_attempts', 'key_failure_threshold', 'key_disable_secs', 'key_max_ejected_percent'],
    registration: ['registration', 'email_domains_allowed', 'email_domains_denied', 'email_tags_allowed', 'account_requests_per_ip', 'account_requests_overall', 'account_mails_per_ip', 'account_mails_overall', 'sign_in_attempts', 'require_admin_totp', 'admin_idle_minutes'],
    'new-users': ['user_key_hours', 'user_default_provider_only', 'user_rpm', 'user_tpm', 'user_daily_requests', 'user_daily_tokens', 'user_max_concurrency'],
    'check-in': ['check_in_hours', 'check_in_cap_hours', 'check_in_streak_days', 'check_in_streak_hours'],
    cache: ['response_cache', 'response_cache_any_temperature', 'response_cache_ttl_secs'],
    limits: ['enable_rate_limit', 'rate_limit_requests', 'rate_limit_window'],
    logs: ['request_log', 'request_log_retention_days', 'usage_retention_days'],
};
const known = new Set(Object.values(GROUPS).flat());

export function Settings() {
    const load = useLoad((signal) => get('/admin/settings', { signal }).then(({ settings }) => settings));
    const settings = load.data;
    useEffect(() => {
        if (settings) document.getElementById(location.hash.slice(1))?.scrollIntoView();
    }, [Boolean(settings)]);
    if (load.error && !settings) return html`<div class="card"><${Failure} error=${load.error} retry=${load.reload} /></div>`;
    if (!settings) return html`<div class="card"><${Loading} lines=${8} /></div>`;
    const of = (names) => names.map((name) => settings.find((one) => one.name === name)).filter(Boolean);
    const groups = [
        ...Object.entries(GROUPS).map(([name, names]) => [name, of(names)]),
        ['other', settings.filter(({ name }) => !known.has(name))],
    ].filter(([, some]) => some.length);
    return html`
        <div class="library">
            <nav class="shelf" aria-label=${t('settings-groups')}>
                ${groups.map(([name]) => html`<a key=${name} href=${`#${name}`}>${t(`settings-${name}`)}</a>`)}
                <a href="#announcements">${t('notices')}</a>
            </nav>
            <div class="stack">
                ${groups.map(([name, some]) => html`<${Group} key=${name} name=${name} settings=${some} onChanged=${load.setData} />`)}
                <${Announcements} />
            </div>
        </div>
    `;
}
