// One question to a model.
import { t } from '../i18n.js';
import { events } from '../sse.js';

/**
 * Sends the question; `tell` gets what is known so far, again and again: `text`, `firstMs`,
 * `wholeMs`, `usage`, `error`, and in the end `done`. Returns the last of them.
 */
export async function ask({ provider, model, token }, question, signal, tell = () => {}) {
    const began = performance.now();
    let run = { text: '' };
    const more = (part) => {
        run = { ...run, ...part };
        tell(run);
    };
    const grow = (text) => text && more({ text: run.text + text, firstMs: run.firstMs ?? performance.now() - began });
    try {
        const answer = await fetch(`/${encodeURIComponent(provider)}/v1/chat/completions`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body(model, question)),
            signal,
        });
        const header = (name) => answer.headers.get(name);
        more({ id: header('x-request-id'), attempts: header('x-pool-attempts'), provider: header('x-pool-provider') });
        if (!answer.ok) throw new Error(await said(answer));
        if (header('content-type')?.includes('event-stream')) await stream(answer, grow, more);
        else whole(await answer.json(), grow, more);
    } catch (error) {
        more(error.name === 'AbortError' ? { stopped: true } : { error: error.message });
    }
    more({ done: true, wholeMs: performance.now() - began });
    return run;
}

function body(model, { systemPrompt, userMessage, temperature, stream }) {
    const system = systemPrompt ? [{ role: 'system', content: systemPrompt }] : [];
    const usage = stream ? { stream_options: { include_usage: true } } : {};
    return { model, messages: [...system, { role: 'user', content: userMessage }], temperature, stream, ...usage };
}

async function stream(answer, grow, more) {
    for await (const data of events(answer.body)) {
        if (data === '[DONE]') return;
        const chunk = JSON.parse(data);
        if (chunk.error) throw new Error(chunk.error.message ?? String(chunk.error));
        grow(chunk.choices?.[0]?.delta?.content);
        if (chunk.usage) more({ usage: chunk.usage });
    }
}

function whole(answer, grow, more) {
    grow(answer.choices?.[0]?.message?.content);
    if (answer.usage) more({ usage: answer.usage });
}

async function said(answer) {
    const { error } = await answer.json().catch(() => ({}));
    return error?.message ?? t('error-unknown', { status: answer.status });
}
