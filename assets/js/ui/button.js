// Things to press.
import { html, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { toast } from './toast.js';

const GAP = 6;
const sprite = new URL('../../vendor/icons.svg', import.meta.url).pathname;

/** A picture by its name in `assets/icons.txt`. Without `label` it says nothing new. */
export function Icon({ name, label, class: extra = '' }) {
    const said = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' };
    return html`<svg class=${`icon ${extra}`} ...${said}><use href=${`${sprite}#${name}`} /></svg>`;
}

/**
 * A button. `onClick` may be async: meanwhile it can't be pressed again, and what it throws is
 * shown. `kind` is `primary`, `danger`, `ghost` or the usual one.
 */
export function Button({ kind = '', icon, label, busy, onClick, class: extra = '', children, ...rest }) {
    const [working, setWorking] = useState(false);
    const isBusy = busy ?? working;
    const press = async (event) => {
        if (isBusy || !onClick) return;
        const result = onClick(event);
        if (typeof result?.then !== 'function') return;
        setWorking(true);
        await result.catch((error) => toast(error.message, 'danger'));
        setWorking(false);
    };
    const shape = [kind && `btn-${kind}`, !children && 'btn-icon', extra].filter(Boolean).join(' ');
    return html`
        <button type="button" class=${`btn ${shape}`} aria-label=${label} title=${label} aria-busy=${isBusy}
            aria-disabled=${isBusy} onClick=${press} ...${rest}>
            ${isBusy ? html`<span class="spinner" aria-hidden="true" />` : icon && html`<${Icon} name=${icon} />`}
            ${children && html`<span>${children}</span>`}
        </button>
    `;
}

/** Copies `text`, or what an async `text()` gives. */
export function CopyButton({ text, children, ...rest }) {
    const [done, setDone] = useState(false);
    const copy = async () => {
        await navigator.clipboard.writeText(typeof text === 'function' ? await text() : text);
        setDone(true);
        toast(t('copied'));
        setTimeout(setDone, 2000, false);
    };
    return html`<${Button} icon=${done ? 'check' : 'copy'} label=${children ? undefined : t('copy')} onClick=${copy} ...${rest}>${children}<//>`;
}

/** A button that opens a list of choices: `items` of `{ label, icon, active, danger, onClick | href }`. */
export function Menu({ icon, label, text, items, class: extra = '' }) {
    const [open, setOpen] = useState(false);
    const root = useRef();
    useEffect(() => {
        if (!open) return undefined;
        const [button, list] = ['button', '.menu-list'].map((name) => root.current.querySelector(name));
        list.showPopover();
        place(list, button.getBoundingClientRect());
        list.querySelector('[role^=menuitem]')?.focus({ preventScroll: true });
        const outside = ({ target }) => (target instanceof Node && root.current.contains(target)) || setOpen(false);
        // The page also scrolls by itself, when what is on it comes or goes: the list stays with its button.
        const moved = () => {
            const at = button.getBoundingClientRect();
            if (at.bottom < 0 || at.top > innerHeight) setOpen(false);
            else place(list, at);
        };
        const listeners = { pointerdown: outside, scroll: moved, resize: moved };
        Object.entries(listeners).forEach(([name, heard]) => addEventListener(name, heard, true));
        return () => Object.entries(listeners).forEach(([name, heard]) => removeEventListener(name, heard, true));
    }, [open]);
    const close = () => {
        setOpen(false);
        root.current.querySelector('button').focus();
    };
    return html`
        <div class=${`menu ${extra}`} ref=${root} onKeyDown=${(event) => onKey(event, root.current, close)}>
            <button type="button" class=${`btn btn-ghost ${text ? '' : 'btn-icon'}`} aria-label=${label} title=${label}
                aria-haspopup="menu" aria-expanded=${open} onClick=${() => setOpen(!open)}>
                <${Icon} name=${icon} />${text && html`<span>${text}</span>`}
            </button>
            ${open && html`<div class="menu-list" popover="manual" role="menu" aria-label=${label}>${items.filter(Boolean).map((item) => choice(item, close))}</div>`}
        </div>
    `;
}

/** Under its button, or above where there is more room: over everything, also what would cut it. */
function place(list, { right, top, bottom }) {
    const fits = bottom + GAP + list.offsetHeight <= innerHeight;
    list.style.left = `${Math.max(GAP, right - list.offsetWidth)}px`;
    list.style.top = `${fits ? bottom + GAP : Math.max(GAP, top - GAP - list.offsetHeight)}px`;
}

function choice({ label, icon, active, danger, onClick, href }, close) {
    const inside = html`${icon && html`<${Icon} name=${icon} />`}<span>${label}</span>${active && html`<${Icon} name="check" class="ms-auto" />`}`;
    const look = `menu-item ${danger ? 'text-danger' : ''}`;
    if (href) return html`<a role="menuitem" tabindex="-1" class=${look} href=${href}>${inside}</a>`;
    const choose = () => {
        close();
        onClick();
    };
    const chosen = active === undefined ? { role: 'menuitem' } : { role: 'menuitemradio', 'aria-checked': String(active) };
    return html`<button type="button" tabindex="-1" class=${look} ...${chosen} onClick=${choose}>${inside}</button>`;
}

function onKey(event, root, close) {
    const items = [...root.querySelectorAll('[role^=menuitem]')];
    if (!items.length) {
        if (event.key !== 'ArrowDown') return;
        event.preventDefault();
        event.target.click();
        return;
    }
    const at = items.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
        event.preventDefault();
        items.at(to % items.length).focus();
    } else if (event.key === 'Escape') {
        // Not the dialog around it, too.
        event.preventDefault();
        close();
    } else if (event.key === 'Tab') {
        setTimeout(close);
    }
}
