// Upstreams that fail: which models are closed to requests, and whom refusals are held against.
import { get, post } from '../../api.js';
import { html } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Button, Empty, Failure, Loading, toast, useLoad } from '../../ui.js';
import { Time } from '../../time.js';
import { useFresh } from '../hub.js';
import { reason } from '../keys/state.js';

const EVERY_MS = 5_000;

export function Breakers({ live }) {
    const load = useLoad((signal) => get('/admin/circuit-breakers', { signal }));
    useFresh(live, ['stats', 'key'], load.reload, EVERY_MS);
    const close = async ({ provider, model }) => {
        await post('/admin/circuit-breakers/close', { provider, model });
        toast(t('breaker-closed-done'));
        load.reload();
    };
    return html`
        <section class="card stack" id="circuit-breakers">
            <div class="card-head">
                <div>
                    <h2>${t('breaker-title')}</h2>
                    <p class="text-secondary">${t('breaker-lead')}</p>
                </div>
                <${Button} icon="refresh" label=${t('breaker-reload')} onClick=${load.reload} />
            </div>
            ${load.error && html`<${Failure} error=${load.error} retry=${load.reload} />`}
            ${!load.data && !load.error && html`<${Loading} lines=${2} />`}
            ${load.data && html`<${Firewalls} firewalls=${load.data.firewalls} /><${List} breakers=${load.data.breakers} close=${close} />`}
        </section>
    `;
}

function Firewalls({ firewalls }) {
    const tone = { quiet: 'tag-good', watching: '', upstream_blamed: 'tag-bad' };
    return html`
        <dl class="facts">
            ${firewalls.map(({ provider, state, reason: why, taken_back }) => html`
                <div key=${provider}>
                    <dt>${t('firewall-of', { provider })}</dt>
                    <dd>
                        <span class=${`tag ${tone[state] ?? ''}`}>${t(`firewall-${state.replace('_', '-')}`)}</span>
                        ${why && html` <small>${reason(why)}</small>`}
                        ${taken_back > 0 && html` <small class="text-secondary">${t('firewall-taken-back', { count: taken_back })}</small>`}
                    </dd>
                </div>
            `)}
        </dl>
    `;
}

function List({ breakers, close }) {
    if (!breakers.length) return html`<${Empty} icon="circle-check" title=${t('breaker-none')} />`;
    return html`<ul class="plain stack">${breakers.map((one) => html`<${Breaker} key=${`${one.provider}/${one.model}`} breaker=${one} close=${close} />`)}</ul>`;
}

function Breaker({ breaker, close }) {
    const { provider, model, state, reason: why, since, probe_at: probe, one_client: oneClient, requests, failures, limited_until: limited, limited_reason: limit } = breaker;
    const isOpen = state !== 'closed';
    return html`
        <li class="card-head">
            <div>
                <strong>${model}</strong> <span class="text-secondary">${provider}</span>${' '}
                <span class=${`tag ${isOpen ? 'tag-bad' : ''}`}>${t(`breaker-${state.replace('_', '-')}`)}</span>
                <p class="text-secondary">
                    ${t('breaker-window', { requests: number(requests), failures: number(failures) })}
                    ${why && html` · ${reason(why)}`}
                    ${since && html` · ${t('breaker-since')} <${Time} at=${since} as="relative" />`}
                    ${isOpen && probe && html` · ${t('breaker-probe')} <${Time} at=${probe} as="relative" />`}
                    ${oneClient && html` · ${t('breaker-one-client')}`}
                    ${limited && html` · ${t('breaker-limited')} <${Time} at=${limited} as="relative" /> ${limit && reason(limit)}`}
                </p>
            </div>
            ${(isOpen || limited) && html`<${Button} onClick=${() => close(breaker)}>${t('breaker-close')}<//>`}
        </li>
    `;
}
