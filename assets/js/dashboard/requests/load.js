// The list of requests, part by part, and what is added to it as it happens.
import { get, query } from '../../api.js';
import { useEffect, useRef, useState } from '../../html.js';
import { useLoad } from '../../ui.js';
import { useLive } from '../hub.js';

const PART = 50;
const TAIL_MAX = 200;
const HOUR_MS = 3_600_000;

/** A moment this many hours ago; empty for none. */
const since = (hours) => (hours ? new Date(Date.now() - Number(hours) * HOUR_MS).toISOString() : '');

const named = (requests) => requests.map((one) => ({ ...one, id: one.request_id }));

/** What `useLoad` gives of the first part, all `rows` so far, and `more()` while there is a `next`. */
export function useRequests(provider, { hours, ...filters }) {
    const ask = (cursor, signal) => get(`/admin/requests${query({ provider, ...filters, from: since(hours), pageSize: PART, cursor })}`, { signal });
    const first = useLoad((signal) => ask('', signal), [provider, hours, ...Object.values(filters)]);
    const [rest, setRest] = useState({ rows: [] });
    useEffect(() => setRest({ rows: [] }), [first.data]);
    const next = rest.rows.length ? rest.next : first.data?.next;
    const more = async () => {
        const part = await ask(next);
        setRest((old) => ({ rows: [...old.rows, ...named(part.requests)], next: part.next }));
    };
    const rows = [...named(first.data?.requests ?? []), ...rest.rows];
    return { ...first, rows, next, more };
}

/**
 * Requests since the list was read, newest first. While it is paused they are only counted, as
 * `waiting`; without a connection the list is read anew.
 */
export function useTail(live, provider, filters, isPaused, list) {
    const [{ rows, held }, set] = useState({ rows: [], held: [] });
    const pending = useRef([]);
    const timer = useRef();
    useEffect(() => set({ rows: [], held: [] }), [provider, ...Object.values(filters)]);
    const take = () => {
        timer.current = undefined;
        const some = pending.current.splice(0).toReversed();
        set((old) => (isPaused
            ? { ...old, held: [...some, ...old.held].slice(0, TAIL_MAX) }
            : { rows: [...some, ...old.rows].slice(0, TAIL_MAX), held: [] }));
    };
    const onEvent = ({ data }) => {
        if (!fits(data, provider, filters)) return;
        pending.current.push({ ...data, id: data.request_id, at: data.received_at });
        // Fifty a second may come: they are drawn together.
        timer.current ??= setTimeout(take, 300);
    };
    useLive(live, { topics: ['request'], onEvent, poll: () => !isPaused && list.reload() });
    useEffect(() => {
        if (!isPaused) set((old) => (old.held.length ? { rows: [...old.held, ...old.rows].slice(0, TAIL_MAX), held: [] } : old));
    }, [isPaused]);
    useEffect(() => () => clearTimeout(timer.current), []);
    return { rows, ids: new Set(rows.map(({ id }) => id)), waiting: held.length };
}

function fits(request, provider, { outcome, reason, status, model, token, key, search }) {
    const isStatus = !status || (status.endsWith('xx') ? Math.floor(request.status / 100) === Number(status[0]) : request.status === Number(status));
    return isStatus
        && (provider === 'all' || request.provider === provider)
        && (!outcome || request.outcome === outcome)
        && (!reason || request.error_code === reason)
        && (!model || request.model === model || request.asked_model === model)
        && (!token || request.token_id === Number(token))
        && (!key || request.attempts.some((attempt) => attempt.key_id === Number(key)))
        && (!search || request.request_id === search);
}
