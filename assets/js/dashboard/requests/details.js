// One request, and what was tried for it, in order.
import { get } from '../../api.js';
import { html } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Time } from '../../time.js';
import { CopyButton, Dialog, Failure, Loading, useLoad } from '../../ui.js';
import { reason } from '../keys/state.js';
import { Link } from '../place.js';
import { duration } from '../words.js';
import { Outcome } from './columns.js';

const TONES = { success: 'good', neutral: '', cool: 'warn', strike: 'bad', reject: 'bad', overloaded: 'warn' };

export function RequestDetails({ id, onClose }) {
    const request = useLoad((signal) => get(`/admin/requests/${encodeURIComponent(id)}`, { signal }), [id]);
    return html`
        <${Dialog} drawer title=${t('request-title')} onClose=${onClose}>
            ${request.error && !request.data && html`<${Failure} error=${request.error} retry=${request.reload} />`}
            ${!request.data && !request.error && html`<${Loading} lines=${6} />`}
            ${request.data && html`<${Shown} of=${request.data} />`}
        <//>
    `;
}

function Shown({ of: request }) {
    const fact = (name, value) => html`<div><dt>${t(name)}</dt><dd>${value}</dd></div>`;
    return html`
        <div class="spread"><${Outcome} of=${request} /><${Time} at=${request.at} /></div>
        <div class="secret"><code>${request.request_id}</code><${CopyButton} kind="ghost" text=${request.request_id} /></div>
        <dl class="facts">
            ${fact('requests-model', request.model || '–')}
            ${request.asked_model && request.asked_model !== request.model && fact('request-asked', request.asked_model)}
            ${fact('requests-provider', request.provider || '–')}
            ${fact('requests-token', request.token_id ? request.token : t('requests-no-token'))}
            ${fact('requests-latency', duration(request.latency_ms))}
            ${fact('requests-ttft', duration(request.ttft_ms))}
            ${fact('over-prompt-tokens', number(request.prompt_tokens))}
            ${fact('over-completion-tokens', number(request.completion_tokens))}
            ${fact('request-stream', t(request.stream ? 'yes' : 'no'))}
            ${fact('request-cache', request.cache)}
        </dl>
        ${request.error_code && html`
            <section class="stack-tight">
                <h3>${t('request-told')}</h3>
                <p><code>${request.error_code}</code></p>
                <p>${request.error_message}</p>
            </section>
        `}
        <section class="stack-tight">
            <h3>${t('request-attempts', { count: request.attempts.length })}</h3>
            ${!request.attempts.length && html`<p class="text-secondary">${t('request-no-attempt')}</p>`}
            <ol class="chain">${request.attempts.map((attempt, n) => html`<${Attempt} key=${n} attempt=${attempt} />`)}</ol>
        </section>
    `;
}

function Attempt({ attempt }) {
    const tone = TONES[attempt.effect] ?? '';
    return html`
        <li class=${`chain-${tone || 'off'}`}>
            <div class="spread">
                <span><${Link} href=${`/dashboard/keys?open=${attempt.key_id}`}><code>${attempt.key}</code><//> · ${attempt.provider}${attempt.model && ` · ${attempt.model}`}</span>
                <span class=${`tag ${tone && `tag-${tone}`}`}>${attempt.status ?? '–'} ${attempt.verdict}</span>
            </div>
            <p>${reason(attempt.verdict)} <span class="text-secondary">${t(`effect-${attempt.effect}`)}</span></p>
            ${(attempt.error_code || attempt.error_message) && html`
                <p>${t('request-said')} ${attempt.error_code && html`<code>${attempt.error_code}</code>`} ${attempt.error_message}</p>
            `}
            <p class="text-secondary">${t('request-times', { wait: duration(attempt.wait_ms), first: duration(attempt.ttft_ms), all: duration(attempt.duration_ms) })}</p>
        </li>
    `;
}
