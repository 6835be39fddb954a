// An order of one to five places, moved by buttons.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, Field, Select } from '../../ui.js';

const MOST = 5;

export function Places({ places, providers, onInput }) {
    const put = (n, some) => onInput(places.map((place, at) => (at === n ? { ...place, ...some } : place)));
    const move = (n, step) => {
        const moved = [...places];
        [moved[n], moved[n + step]] = [moved[n + step], moved[n]];
        onInput(moved);
    };
    const options = providers.map(({ id, name }) => [id, name]);
    const line = (place, n) => html`
        <li key=${n} class="place-line">
            <strong aria-hidden="true">${n + 1}</strong>
            <${Select} bare label=${t('fallback-place-provider', { n: n + 1 })} value=${place.provider} options=${options} onInput=${(provider) => put(n, { provider })} />
            <${Field} class="label-hidden" label=${t('fallback-place-model', { n: n + 1 })} required maxlength="256" autocomplete="off" spellcheck="false" placeholder="*" value=${place.model} onInput=${(model) => put(n, { model })} />
            <div class="row-actions">
                <${Button} kind="ghost" icon="arrow-up" label=${t('fallback-up', { n: n + 1 })} disabled=${n === 0} onClick=${() => move(n, -1)} />
                <${Button} kind="ghost" icon="arrow-down" label=${t('fallback-down', { n: n + 1 })} disabled=${n === places.length - 1} onClick=${() => move(n, 1)} />
                <${Button} kind="ghost" icon="x" label=${t('fallback-remove', { n: n + 1 })} disabled=${places.length === 1} onClick=${() => onInput(places.filter((_, at) => at !== n))} />
            </div>
        </li>
    `;
    return html`
        <fieldset class="field">
            <legend class="form-label">${t('fallback-order')}</legend>
            <ol class="plain stack-tight">${places.map(line)}</ol>
            <div class="form-hint">${t('fallback-order-hint')}</div>
            <div class="btn-line">
                <${Button} icon="plus" disabled=${places.length >= MOST} onClick=${() => onInput([...places, { provider: providers[0].id, model: '*' }])}>${t('fallback-place-add')}<//>
            </div>
        </fieldset>
    `;
}
