// Where requests go: upstreams, other names for models, and who serves when one can't.
import { get } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Failure, Loading, useLoad } from '../ui.js';
import { useFresh } from './hub.js';
import { Aliases } from './providers/aliases.js';
import { Cache } from './providers/cache.js';
import { ProviderCard } from './providers/card.js';
import { Fallbacks } from './providers/fallbacks.js';
import { ProviderForm } from './providers/form.js';

export function Providers({ live }) {
    const [edited, edit] = useState();
    const load = useLoad((signal) => get('/admin/providers', { signal }).then(({ providers }) => providers));
    useFresh(live, ['key'], load.reload);
    const providers = load.data;
    if (load.error && !providers) return html`<div class="card"><${Failure} error=${load.error} retry=${load.reload} /></div>`;
    if (!providers) return html`<div class="card"><${Loading} lines=${8} /></div>`;
    return html`
        <div class="card-head">
            <p class="text-secondary">${t('upstream-lead')}</p>
            <${Button} kind="primary" icon="plus" onClick=${() => edit({})}>${t('upstream-new')}<//>
        </div>
        <div class="stack">
            <div class="tiles">
                ${providers.map((one) => html`<${ProviderCard} key=${one.id} provider=${one} edit=${edit} onDone=${load.reload} />`)}
            </div>
            <${Aliases} providers=${providers} />
            <${Fallbacks} providers=${providers} />
            <${Cache} />
        </div>
        ${edited && html`<${ProviderForm} provider=${edited} onDone=${load.reload} onClose=${() => edit()} />`}
    `;
}
