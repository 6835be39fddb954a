// Things to fill in, each with its label.
import { html, useEffect, useId, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button } from './button.js';

/** A line of text. `onInput` gets the text. `type="password"` can be looked at. `side` stands beside it. */
export function Field({ label, hint, error, type = 'text', value, onInput, side, class: extra = '', ...rest }) {
    const id = useId();
    const [seen, setSeen] = useState(false);
    const input = useRef();
    // Browsers look for it only when a page or a dialog opens.
    useEffect(() => rest.autofocus && input.current.focus(), []);
    const secret = type === 'password';
    const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
    return html`
        <div class=${`field ${extra}`}>
            <label class="form-label" for=${id}>${label}</label>
            <div class="field-line">
                <input ref=${input} id=${id} class=${`form-control ${error ? 'is-invalid' : ''}`} type=${secret && seen ? 'text' : type}
                    value=${value} onInput=${(event) => onInput(event.target.value)} aria-describedby=${about}
                    aria-invalid=${error ? 'true' : undefined} ...${rest} />
                ${secret && html`<${Button} kind="ghost" icon=${seen ? 'eye-off' : 'eye'} label=${t(seen ? 'hide' : 'show')}
                    aria-pressed=${seen} onClick=${() => setSeen(!seen)} />`}
                ${side}
            </div>
            ${hint && html`<div class="form-hint" id=${`${id}-hint`}>${hint}</div>`}
            ${error && html`<div class="field-error" id=${`${id}-error`} role="alert">${error}</div>`}
        </div>
    `;
}

/** Several lines of text. `onInput` gets the text. */
export function Area({ label, hint, error, rows = 3, value, onInput, class: extra = '', ...rest }) {
    const id = useId();
    const about = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
    return html`
        <div class=${`field ${extra}`}>
            <label class="form-label" for=${id}>${label}</label>
            <textarea id=${id} class=${`form-control ${error ? 'is-invalid' : ''}`} rows=${rows} value=${value}
                onInput=${(event) => onInput(event.target.value)} aria-describedby=${about}
                aria-invalid=${error ? 'true' : undefined} ...${rest} />
            ${hint && html`<div class="form-hint" id=${`${id}-hint`}>${hint}</div>`}
            ${error && html`<div class="field-error" id=${`${id}-error`} role="alert">${error}</div>`}
        </div>
    `;
}

/** One of several: `options` of `[value, label]`. */
export function Select({ label, hint, value, options, onInput, bare, class: extra = '', ...rest }) {
    const id = useId();
    const list = html`
        <select id=${id} class="form-select" value=${value} aria-label=${bare ? label : undefined}
            onChange=${(event) => onInput(event.target.value)} ...${rest}>
            ${options.map(([value, name]) => html`<option key=${value} value=${value}>${name}</option>`)}
        </select>
    `;
    if (bare) return list;
    return html`
        <div class=${`field ${extra}`}>
            <label class="form-label" for=${id}>${label}</label>
            ${list}
            ${hint && html`<div class="form-hint">${hint}</div>`}
        </div>
    `;
}

/** On or off. `onInput` gets which. */
export function Switch({ label, checked, onInput, ...rest }) {
    return html`
        <label class="form-check form-switch">
            <input class="form-check-input" type="checkbox" role="switch" checked=${checked}
                onChange=${(event) => onInput(event.target.checked)} ...${rest} />
            <span class="form-check-label">${label}</span>
        </label>
    `;
}

/** Some of several: `options` of `[value, label]`, `values` those that are chosen. */
export function Choices({ label, hint, values, options, onInput }) {
    const toggle = (value, chosen) => onInput(chosen ? [...values, value] : values.filter((other) => other !== value));
    return html`
        <fieldset class="field">
            <legend class="form-label">${label}</legend>
            <div class="choices">
                ${options.map(([value, name]) => html`
                    <label key=${value} class="form-check">
                        <input class="form-check-input" type="checkbox" checked=${values.includes(value)} onChange=${(event) => toggle(value, event.target.checked)} />
                        <span class="form-check-label">${name}</span>
                    </label>
                `)}
            </div>
            ${hint && html`<div class="form-hint">${hint}</div>`}
        </fieldset>
    `;
}
