// What happens in the pool, as it happens: a WebSocket, and while that can't be had a question
// every ten seconds.

const POLL_MS = 10_000;
const RETRY_MS = 2_000;
const RETRY_MS_MAX = 30_000;

/**
 * Calls `onEvent({ type, at, data })` for events of these topics. While nothing tells of them,
 * `poll` is called every ten seconds. `onState` is told `live`, `polling` or `offline`. Returns
 * what ends it.
 */
export function watch({ topics, onEvent, poll, onState = () => {} }) {
    let socket, retry, timer, ended = false, wait = RETRY_MS;

    const ask = () => Promise.resolve(poll?.()).then(() => onState('polling'), () => onState('offline'));

    function open() {
        const url = new URL(`/admin/events?topics=${topics.join(',')}`, location.href);
        url.protocol = url.protocol.replace('http', 'ws');
        socket = new WebSocket(url, ['pool.events']);
        socket.onopen = () => {
            wait = RETRY_MS;
            clearInterval(timer);
            timer = undefined;
            onState('live');
        };
        socket.onmessage = ({ data }) => onEvent(JSON.parse(data));
        socket.onclose = again;
    }

    function again() {
        if (ended) return;
        if (!timer) {
            timer = setInterval(ask, POLL_MS);
            ask();
        }
        retry = setTimeout(open, wait);
        wait = Math.min(wait * 2, RETRY_MS_MAX);
    }

    open();
    return () => {
        ended = true;
        clearInterval(timer);
        clearTimeout(retry);
        // Browsers complain of one that is closed before it is open.
        if (socket.readyState === WebSocket.CONNECTING) socket.onopen = () => socket.close();
        else socket.close();
    };
}
