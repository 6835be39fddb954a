// Dialogs over the page. The browser keeps the focus inside and gives it back.
import { html, render, useEffect, useId, useRef } from '../html.js';
import { t } from '../i18n.js';
import { Button } from './button.js';

/**
 * A dialog while it is shown; `onClose` is called when it was closed, by Escape too. `wide` has more
 * room; a `drawer` is at the side of the window.
 */
export function Dialog({ title, children, footer, onClose, wide, drawer }) {
    const dialog = useRef();
    const id = useId();
    useEffect(() => dialog.current.showModal(), []);
    return html`
        <dialog ref=${dialog} class=${drawer ? 'drawer' : wide ? 'wide' : ''} aria-labelledby=${id} onClose=${onClose}>
            <header>
                <h2 id=${id}>${title}</h2>
                <${Button} kind="ghost" icon="x" label=${t('close')} onClick=${() => dialog.current.close()} />
            </header>
            <div class="dialog-body">${children}</div>
            ${footer && html`<footer>${footer}</footer>`}
        </dialog>
    `;
}

/** Asks before what can't be undone; true when it is really meant. */
export function confirm({ title, text, action = t('confirm'), danger = true }) {
    return new Promise((resolve) => {
        const root = document.body.appendChild(document.createElement('div'));
        let meant = false;
        const close = () => {
            render(null, root);
            root.remove();
            resolve(meant);
        };
        const say = (event, word) => {
            meant = word;
            event.target.closest('dialog').close();
        };
        const footer = html`
            <${Button} onClick=${(event) => say(event, false)} autofocus>${t('cancel')}<//>
            <${Button} kind=${danger ? 'danger' : 'primary'} onClick=${(event) => say(event, true)}>${action}<//>
        `;
        render(html`<${Dialog} title=${title} footer=${footer} onClose=${close}><p>${text}</p><//>`, root);
    });
}
