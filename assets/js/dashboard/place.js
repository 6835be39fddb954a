// Where somebody is in the dashboard, and what is remembered of it.
import { html, useEffect, useState } from '../html.js';

const MOVED = 'pool:moved';

/** To another part, without loading the page anew. */
export function go(href) {
    history.pushState(null, '', href);
    dispatchEvent(new Event(MOVED));
}

/** A link that stays on the page; with a modifier it opens as links do. */
export function Link({ href, children, ...rest }) {
    const follow = (event) => {
        if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        go(href);
    };
    return html`<a href=${href} onClick=${follow} ...${rest}>${children}</a>`;
}

/** What `read` finds in the address, and again when that has changed. */
export function useAddress(read) {
    const [found, set] = useState(read);
    useEffect(() => {
        const look = () => set(read);
        const events = ['popstate', MOVED];
        events.forEach((name) => addEventListener(name, look));
        return () => events.forEach((name) => removeEventListener(name, look));
    }, []);
    return found;
}

export const usePath = () => useAddress(() => location.pathname.replace(/\/$/, ''));

/** A text that this browser remembers under `pool.NAME`. */
export function useRemembered(name, usual) {
    const [text, set] = useState(localStorage.getItem(`pool.${name}`) ?? usual);
    const remember = (text) => {
        localStorage.setItem(`pool.${name}`, text);
        set(text);
    };
    return [text, remember];
}
