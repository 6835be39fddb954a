// The whole span in a few figures.
import { html } from '../../html.js';
import { compact, number, percent, t } from '../../i18n.js';
import { duration } from '../words.js';

export function Totals({ load }) {
    const total = load.data?.total;
    if (!total) return null;
    const answered = total.success + total.failure;
    return html`
        <div class="grid">
            <${Figure} name="requests" value=${compact(total.requests)} note=${t('used-apart', { refused: number(total.refused), cancelled: number(total.cancelled) })} />
            <${Figure} name="rate" value=${answered ? percent(total.success_rate) : '–'} note=${t('used-failed', { count: number(total.failure), clients: number(total.client_errors) })} />
            <${Figure} name="tokens" value=${compact(total.total_tokens)} note=${t('used-in-out', { prompt: compact(total.prompt_tokens), completion: compact(total.completion_tokens) })} />
            <${Figure} name="time" value=${duration(total.avg_latency_ms)} note=${t('used-first-byte', { time: duration(total.avg_ttft_ms) })} />
        </div>
    `;
}

function Figure({ name, value, note }) {
    return html`
        <section class="card figure span-3 span-half">
            <h2 class="figure-label">${t(`used-figure-${name}`)}</h2>
            <p class="figure-value">${value}</p>
            <p class="figure-note">${note}</p>
        </section>
    `;
}
