// One connection for all that want to know what happens.
import { useEffect, useRef, useState } from '../html.js';
import { watch } from '../live.js';

/** What is always listened to; `request`, of which there are many, only while somebody wants it. */
const ALWAYS = ['stats', 'key', 'job'];

/** Members are `{ topics, onEvent, poll }`; `state` is `connecting`, `live`, `polling` or `offline`. */
export class Hub {
    state = 'connecting';
    #members = new Set();
    #listeners = new Set();
    #topics = '';
    #stop;

    /** Returns what ends the membership. */
    join(member) {
        this.#members.add(member);
        queueMicrotask(() => this.#tune());
        return () => {
            this.#members.delete(member);
            queueMicrotask(() => this.#tune());
        };
    }

    /** Calls back with each new state. */
    onState(listener) {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
    }

    #tune() {
        const asked = [...this.#members].flatMap(({ topics = [] }) => topics);
        const topics = [...new Set([...ALWAYS, ...asked])].toSorted();
        if (topics.join() === this.#topics) return;
        this.#topics = topics.join();
        this.#stop?.();
        this.#stop = watch({
            topics,
            onEvent: (event) => this.#tell(event),
            poll: () => this.#ask(),
            onState: (state) => this.#turn(state),
        });
    }

    #ask() {
        return Promise.all([...this.#members].map(({ poll }) => poll?.()));
    }

    #turn(state) {
        const was = this.state;
        this.state = state;
        this.#listeners.forEach((listener) => listener(state));
        // What happened while there was no connection was told to nobody.
        if (state === 'live' && ['polling', 'offline'].includes(was)) this.#ask().catch(() => {});
    }

    #tell(event) {
        for (const { topics = [], onEvent } of this.#members) {
            if (topics.includes(event.type)) onEvent?.(event);
        }
    }
}

/** Is a member of the hub while it is shown. `topics` stay as they are at first. */
export function useLive(hub, member) {
    const latest = useRef();
    latest.current = member;
    useEffect(() => hub.join({
        topics: member.topics,
        onEvent: (event) => latest.current.onEvent?.(event),
        poll: () => latest.current.poll?.(),
    }), [hub]);
}

/** How the connection is. */
export function useLiveState(hub) {
    const [state, set] = useState(hub.state);
    useEffect(() => {
        // It may have changed between drawing and listening.
        set(hub.state);
        return hub.onState(set);
    }, [hub]);
    return state;
}

/** Whether it is more than that time has passed. */
const matters = ({ type, data }) => type !== 'stats' || data.requests > 0;

/**
 * Calls `reload` when something of these topics has happened that is `wanted`, at most once in
 * `everyMs`, and not for a window that nobody looks at; while there is no connection, every ten
 * seconds.
 */
export function useFresh(hub, topics, reload, everyMs = 5_000, wanted = matters) {
    const timer = useRef();
    const last = useRef(Date.now());
    const latest = useRef();
    latest.current = reload;
    const now = () => {
        timer.current = undefined;
        last.current = Date.now();
        if (!document.hidden) latest.current();
    };
    const onEvent = (event) => {
        if (timer.current || !wanted(event)) return;
        timer.current = setTimeout(now, Math.max(0, last.current + everyMs - Date.now()));
    };
    useLive(hub, { topics, onEvent, poll: reload });
    useEffect(() => () => clearTimeout(timer.current), []);
}
