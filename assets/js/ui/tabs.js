// One of several panels. Arrow keys, Home and End go from tab to tab.
import { html, useId, useRef } from '../html.js';

/** `tabs` of `[name, label]`; the panel of the chosen one is `children`. */
export function Tabs({ label, tabs, value, onChange, children }) {
    const id = useId();
    const list = useRef();
    const onKey = (event) => {
        const now = tabs.findIndex(([name]) => name === value);
        const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: -1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const at = (to + tabs.length) % tabs.length;
        onChange(tabs[at][0]);
        list.current.children[at].focus();
    };
    const tab = ([name, text]) => html`
        <button key=${name} type="button" role="tab" id=${`${id}-${name}`} aria-controls=${`${id}-panel`}
            aria-selected=${name === value} tabindex=${name === value ? 0 : -1} onClick=${() => onChange(name)}>${text}</button>
    `;
    return html`
        <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKey}>${tabs.map(tab)}</div>
        <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${value}`}>${children}</div>
    `;
}
