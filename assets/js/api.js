// The JSON API: `get('/api/auth/profile')`, `post(path, body)`, … Errors are `ApiError`s whose
// message is in the viewer's language.
import { isAway } from './activity.js';
import { find, t } from './i18n.js';
import { askToSignIn, signedOut, tokenForgotten } from './session.js';

/** What the service, or the network, answered instead. */
export class ApiError extends Error {
    constructor(status, code, message, retryAfter) {
        super(message);
        Object.assign(this, { status, code, retryAfter });
    }

    get isOffline() {
        return this.code === 'offline';
    }
}

export const get = (path, options) => call('GET', path, undefined, options);
export const post = (path, body, options) => call('POST', path, body, options);
export const put = (path, body, options) => call('PUT', path, body, options);
export const patch = (path, body, options) => call('PATCH', path, body, options);
export const del = (path, body, options) => call('DELETE', path, body, options);

/**
 * Calls the API. Who isn't signed in is led to the sign-in, unless `stay` is set; `signal` aborts;
 * `as` is what to read the answer as: `json` unless given, `text`, `blob` or `response`; `headers` go
 * along. A `body` that is a `Blob`, as a file is, goes as it is. Where the API wants to be shown once
 * more who asks, a dialog does that, and the request is made again.
 */
export async function call(method, path, body, options = {}) {
    try {
        return await once(method, path, body, options);
    } catch (error) {
        if (error.code !== 'sudo_required') throw error;
        // Loaded when it is needed: it calls the API itself.
        const { showSudo } = await import('./sudo.js');
        if (!(await showSudo())) throw error;
        return once(method, path, body, options);
    }
}

async function once(method, path, body, { stay = false, signal, as = 'json', headers: more }) {
    const headers = { ...more };
    if (isAway()) headers['x-pool-idle'] = '1';
    const isFile = body instanceof Blob;
    if (body !== undefined) headers['content-type'] = isFile ? 'text/plain' : 'application/json';
    const sent = { method, headers, signal, body: isFile || body === undefined ? body : JSON.stringify(body) };
    const answer = await fetch(path, sent).catch((error) => {
        if (error.name === 'AbortError') throw error;
        throw new ApiError(0, 'offline', t('error-offline'));
    });
    if (answer.ok) return as === 'response' ? answer : answer[as]();
    const error = await failure(answer);
    if (isSignedOut(error) && !stay) {
        if (path.startsWith('/admin/')) tokenForgotten();
        signedOut();
        askToSignIn();
    }
    if (error.code === 'totp_setup_required' && !stay) location.assign('/user?second=needed#account');
    throw error;
}

/** A query without what is not set: `?page=2&search=x`. */
export function query(values) {
    const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
    return set.length ? `?${new URLSearchParams(set)}` : '';
}

function isSignedOut({ status, code }) {
    return status === 401 && (code === 'not_signed_in' || code === 'invalid_api_key');
}

async function failure(answer) {
    const body = await answer.json().catch(() => ({}));
    const [code, said] = typeof body.error === 'object' ? [body.error?.code, body.error?.message] : [body.code, body.error];
    const retryAfter = Number(answer.headers.get('retry-after')) || undefined;
    const known = code && find(`error-${code.replaceAll('_', '-')}`, { seconds: retryAfter ?? 0 });
    return new ApiError(answer.status, code, known ?? said ?? t('error-unknown', { status: answer.status }), retryAfter);
}
