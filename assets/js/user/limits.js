// What is left of one's limits, and when there is more.
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { Time } from '../time.js';
import { Loading } from '../ui.js';

const LIMITS = ['rpm', 'tpm', 'dailyRequests', 'dailyTokens', 'maxConcurrency'];

export function Limits({ usage }) {
    // Why there is nothing is said beside the usage.
    if (!usage.data && usage.error) return null;
    if (!usage.data) return html`<section class="card"><div class="card-head"><h2>${t('limits-title')}</h2></div><${Loading} lines=${1} /></section>`;
    const limits = LIMITS.map((name) => [name, usage.data.limits[name]]).filter(([, limit]) => limit);
    return html`
        <section class="card">
            <div class="card-head"><h2>${t('limits-title')}</h2></div>
            ${limits.length === 0 && html`<p class="text-secondary">${t('limits-none')}</p>`}
            <ul class="plain stack-tight">${limits.map(([name, limit]) => html`<${Limit} key=${name} name=${name} ...${limit} />`)}</ul>
        </section>
    `;
}

function Limit({ name, limit, remaining, resetsAt }) {
    const used = limit ? (100 * (limit - remaining)) / limit : 100;
    const tone = used >= 100 ? 'bad' : used >= 80 ? 'warn' : 'accent';
    return html`
        <li class="share">
            <span>${t(`limit-${name}`)}</span>
            <span class="num">${t('limit-left', { remaining: number(remaining), limit: number(limit) })}</span>
            <div class="meter" aria-hidden="true"><i style=${{ width: `${used}%`, background: `var(--${tone})` }} /></div>
            ${used > 0 && name !== 'maxConcurrency' && html`<small class="text-secondary">${t('limit-resets')} <${Time} at=${resetsAt} as="relative" /></small>`}
        </li>
    `;
}
