// Where requests go: upstreams, other names for models, and who serves when one can't.
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { usualOf } from '../providers.js';
import { Button } from '../ui.js';
import { useFresh } from './hub.js';
import { Aliases } from './providers/aliases.js';
import { Breakers } from './providers/breakers.js';
import { Cache } from './providers/cache.js';
import { ProviderCard } from './providers/card.js';
import { Fallbacks } from './providers/fallbacks.js';
import { ProviderForm } from './providers/form.js';

export function Providers({ provider, providers, reloadProviders, live }) {
    const usual = provider === 'all' ? usualOf(providers.map(({ id }) => id)) : provider;
    const [edited, edit] = useState();
    useFresh(live, ['key'], reloadProviders);
    return html`
        <div class="card-head">
            <p class="text-secondary">${t('upstream-lead')}</p>
            <${Button} kind="primary" icon="plus" onClick=${() => edit({})}>${t('upstream-new')}<//>
        </div>
        <div class="stack">
            <div class="tiles">
                ${providers.map((one) => html`<${ProviderCard} key=${one.id} provider=${one} edit=${edit} onDone=${reloadProviders} />`)}
            </div>
            <${Breakers} live=${live} />
            <${Aliases} providers=${providers} usual=${usual} />
            <${Fallbacks} providers=${providers} usual=${usual} />
            <${Cache} />
        </div>
        ${edited && html`<${ProviderForm} provider=${edited} onDone=${reloadProviders} onClose=${() => edit()} />`}
    `;
}
