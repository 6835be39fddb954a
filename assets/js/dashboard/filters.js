// What narrows a list down. It is in the address, so that a list can be linked to and gone back to.
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Icon, Select } from '../ui.js';
import { go, useAddress } from './place.js';

const TYPING_MS = 300;

/** These say what is seen of the list, and leave nothing out. */
const VIEW = ['page', 'pageSize', 'sort', 'open'];

/**
 * `[values, change, isNarrow]`, of these names with what they usually are. `change` takes some of
 * them; whoever changes another than `page` is back on the first page.
 */
export function useFilters(usual) {
    const text = useAddress(() => location.search);
    const given = new URLSearchParams(text);
    const values = Object.fromEntries(Object.entries(usual).map(([name, value]) => [name, given.get(name) ?? value]));
    const change = (some) => {
        const all = { ...values, page: usual.page, ...some };
        const told = Object.entries(all).filter(([name, value]) => name in usual && String(value) !== usual[name]);
        go(location.pathname + (told.length ? `?${new URLSearchParams(told)}` : ''));
    };
    const isNarrow = Object.keys(usual).some((name) => !VIEW.includes(name) && values[name] !== usual[name]);
    return [values, change, isNarrow];
}

/** A line of filters; `onClear` is there while something is left out. */
export function FilterBar({ label, children, onClear }) {
    return html`
        <div class="filters" role="search" aria-label=${label}>
            ${children}
            ${onClear && html`<${Button} kind="ghost" icon="x" onClick=${onClear}>${t('filter-clear')}<//>`}
        </div>
    `;
}

/** What somebody looks for, once they have stopped typing. */
export function Search({ label, value, onInput }) {
    const [text, setText] = useState(value);
    const timer = useRef();
    useEffect(() => setText(value), [value]);
    useEffect(() => () => clearTimeout(timer.current), []);
    const type = (event) => {
        const typed = event.target.value;
        setText(typed);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => onInput(typed.trim()), TYPING_MS);
    };
    return html`
        <div class="search">
            <${Icon} name="search" />
            <input class="form-control" type="search" aria-label=${label} placeholder=${label} value=${text} onInput=${type} />
        </div>
    `;
}

/** One of a few: `options` of `[value, label]`, the first for all. */
export function Filter({ label, value, options, onInput }) {
    return html`<${Select} bare label=${label} title=${label} value=${value} options=${options} onInput=${onInput} />`;
}
