// The numbers that matter most.
import { html, useState } from '../../html.js';
import { compact, number, percent, t } from '../../i18n.js';
import { useLive } from '../hub.js';
import { Link } from '../place.js';
import { duration } from '../words.js';

/** What is told of keys, each with the colour of its share. */
const STATES = [['active', 'good'], ['cooling', 'warn'], ['failed', 'bad'], ['disabled', 'ink-2'], ['expired', 'ink-2']];

export function Figures({ figures: { totals, keys, day }, live }) {
    const answered = day.success + day.failure;
    return html`
        <${Keys} keys=${keys} />
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${t('over-today')}</h2>
            <p class="figure-value">${compact(totals.requests_today)}</p>
            <${Now} live=${live} />
            <p class="figure-note">${t('over-day', { count: number(day.requests) })}</p>
        </section>
        <${Card} label=${t('over-success')} value=${answered ? percent(day.success_rate) : '–'}
            notes=${[t('over-failed', { count: number(day.failure), clients: number(day.client_errors), refused: number(day.refused) }), t('over-attempts', { count: number(day.attempts) })]} />
        <${Card} label=${t('over-tokens')} value=${compact(day.total_tokens)}
            notes=${[t('over-prompt', { count: compact(day.prompt_tokens) }), t('over-completion', { count: compact(day.completion_tokens) })]} />
        <section class="card span-4 span-wide">
            <div class="card-head"><h2>${t('over-speed')}</h2></div>
            <dl class="facts speeds">
                ${['latency', 'ttft'].map((name) => html`
                    <div key=${name}>
                        <dt>${t(`over-${name}`)}</dt>
                        <dd><span class="figure-value">${duration(totals[`${name}_p50_ms`])}</span> <small>p50</small></dd>
                        <dd class="text-secondary">${duration(totals[`${name}_p99_ms`])} <small>p99</small></dd>
                    </div>
                `)}
            </dl>
        </section>
    `;
}

function Card({ label, value, notes }) {
    return html`
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${label}</h2>
            <p class="figure-value">${value}</p>
            ${notes.map((note) => html`<p key=${note} class="figure-note">${note}</p>`)}
        </section>
    `;
}

function Keys({ keys }) {
    const shown = STATES.filter(([name]) => name === 'active' || keys[name]);
    return html`
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${t('over-keys')}</h2>
            <p class="figure-value">${number(keys.active)}<small class="text-secondary"> / ${number(keys.total)}</small></p>
            <div class="meter shares" aria-hidden="true">
                ${STATES.map(([name, tone]) => html`<i key=${name} style=${{ width: `${(100 * keys[name]) / (keys.total || 1)}%`, background: `var(--${tone})` }} />`)}
            </div>
            <ul class="plain legend">
                ${shown.map(([name, tone]) => html`
                    <li key=${name}><${Link} href=${`/dashboard/keys?status=${name}`}>
                        <i style=${{ background: `var(--${tone})` }} />${t(`state-${name}`)} <span class="num">${number(keys[name])}</span>
                    <//></li>
                `)}
            </ul>
        </section>
    `;
}

/** What is under way, while the connection tells. */
function Now({ live }) {
    const [now, set] = useState();
    useLive(live, { topics: ['stats'], onEvent: ({ data }) => set(data), poll: () => set(undefined) });
    return now && html`<p class="figure-note">${t('over-now', { rate: number(now.requests_per_sec), count: number(now.in_flight) })}</p>`;
}
