// What all keys of an import have in common.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { usualOf } from '../../providers.js';
import { Field, Select, Switch } from '../../ui.js';

const DAYS = [0, 1, 7, 30, 90, 365];

/** What stays for the next import. */
export const KEPT = ['provider', 'validate', 'keepUnclear'];

export const usual = (provider, providers) => ({
    provider: provider === 'all' ? usualOf(providers.map(({ id }) => id)) : provider,
    account: '', days: '0', weight: '1', cap: '0', validate: false, keepUnclear: false,
});

export function Options({ options, providers, onChange }) {
    const put = (name) => (value) => onChange((old) => ({ ...old, [name]: value }));
    return html`
        <${Select} label=${t('keys-provider')} value=${options.provider} options=${providers.map(({ id, name }) => [id, name || id])} onInput=${put('provider')} />
        <div class="stack-tight">
            <${Switch} label=${t('import-validate-switch')} checked=${options.validate} onInput=${put('validate')} />
            ${options.validate && html`
                <${Switch} label=${t('import-unclear')} checked=${options.keepUnclear} onInput=${put('keepUnclear')} />
                <p class="form-hint">${t('import-validate-hint')}</p>
            `}
        </div>
        <details class="more">
            <summary>${t('import-options')}</summary>
            <div class="stack">
                <div class="field-pair">
                    <${Field} label=${t('keys-account')} hint=${t('edit-account-hint')} maxlength="256" value=${options.account} onInput=${put('account')} />
                    <${Select} label=${t('add-ends')} value=${options.days} options=${DAYS.map((count) => [String(count), t('add-days', { count })])} onInput=${put('days')} />
                </div>
                <div class="field-pair">
                    <${Field} label=${t('keys-weight')} hint=${t('edit-weight-hint')} type="number" min="1" max="1000" value=${options.weight} onInput=${put('weight')} />
                    <${Field} label=${t('keys-cap')} hint=${t('edit-cap-hint')} type="number" min="0" value=${options.cap} onInput=${put('cap')} />
                </div>
                <p class="form-hint">${t('import-options-hint')}</p>
            </div>
        </details>
    `;
}
