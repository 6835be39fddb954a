// What is still to be decided or set up in a new service. It goes when all is done, or when an
// administrator hides it, for all of them.
import { get, patch } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { hasShownToken } from '../../session.js';
import { Button, Icon, Select, toast, useLoad } from '../../ui.js';
import { Link } from '../place.js';

const WAYS = ['open', 'approval', 'invitation', 'closed'];
const LIMITS = ['user_rpm', 'user_tpm', 'user_daily_requests', 'user_daily_tokens', 'user_max_concurrency'];

export function Checklist() {
    // A list that can't be had now is no reason to show a failure above what works.
    const load = useLoad((signal) => look(signal));
    if (!load.data || load.data.settings.checklist_hidden.value) return null;
    const steps = stepsOf(load.data);
    const left = steps.filter(({ isDone }) => !isDone).length;
    if (!left) return null;
    const hide = async () => {
        await patch('/admin/settings', { checklist_hidden: true });
        load.reload();
        toast(t('check-hidden'));
    };
    return html`
        <section class="card span-12">
            <div class="card-head">
                <h2>${t('check-title')}</h2>
                <span class="tag">${t('check-left', { count: left })}</span>
                <${Button} class="btn-link" onClick=${hide}>${t('check-hide')}<//>
            </div>
            <ul class="plain needs">${steps.map((step) => html`<${Step} key=${step.name} step=${step} onChanged=${load.reload} />`)}</ul>
        </section>
    `;
}

function Step({ step: { name, isDone, href, value }, onChanged }) {
    const text = html`
        <${Icon} name=${isDone ? 'circle-check' : 'alert-triangle'} />
        <span><strong>${t(`check-${name}`)}</strong><small>${t(isDone ? 'check-done' : `check-${name}.more`)}</small></span>
    `;
    if (isDone) return html`<li class="need need-done">${text}</li>`;
    if (value) return html`<li class="need need-warn">${text}<${SignUp} value=${value} onChanged=${onChanged} /></li>`;
    const inside = html`${text}<${Icon} name="chevron-right" class="ms-auto" />`;
    return href.startsWith('/dashboard')
        ? html`<li><${Link} class="need need-warn" href=${href}>${inside}<//></li>`
        : html`<li><a class="need need-warn" href=${href}>${inside}</a></li>`;
}

/** Choosing what is the usual counts, too: then it is somebody's decision. */
function SignUp({ value, onChanged }) {
    const [way, choose] = useState(value);
    const keep = async () => {
        await patch('/admin/settings', { registration: way });
        onChanged();
    };
    return html`
        <span class="need-choice">
            <${Select} bare label=${t('setting-registration')} value=${way} options=${WAYS.map((one) => [one, t(`setting-registration-${one}`)])} onInput=${choose} />
            <${Button} kind="primary" onClick=${keep}>${t('check-choose')}<//>
        </span>
    `;
}

function stepsOf({ settings, keys, mail, isGuarded }) {
    const { registration } = settings;
    const isClosed = registration.value === 'closed';
    return [
        { name: 'keys', isDone: keys > 0, href: '/dashboard/import' },
        { name: 'sign-up', isDone: registration.changed, value: registration.value },
        { name: 'limits', isDone: isClosed || LIMITS.some((name) => settings[name].value > 0), href: '/dashboard/settings#new-users' },
        { name: 'mail', isDone: isClosed || mail === 'smtp', href: '/project/operations' },
        { name: 'factor', isDone: isGuarded, href: hasShownToken() ? '/dashboard/settings#registration' : '/user#account' },
    ];
}

async function look(signal) {
    const ask = (path) => get(path, { signal });
    const [{ settings }, stats, health, factor] = await Promise.all([
        ask('/admin/settings'),
        ask('/admin/stats?provider=all'),
        ask('/health'),
        hasShownToken() ? {} : ask('/api/auth/totp'),
    ]);
    const byName = Object.fromEntries(settings.map((one) => [one.name, one]));
    return {
        settings: byName,
        keys: stats.total_api_keys,
        mail: health.components.mail.kind,
        isGuarded: byName.require_admin_totp.value || Boolean(factor.enabled),
    };
}
