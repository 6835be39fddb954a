// How to use the API: by trying it, by reading about each route, and what errors mean.
import { Errors } from './api-docs/errors.js';
import { Guide } from './api-docs/guide.js';
import { Playground } from './api-docs/playground.js';
import { Reference } from './api-docs/reference.js';
import { html } from './html.js';
import { t } from './i18n.js';
import { usePanel } from './panels.js';
import { start, Tabs } from './ui.js';

const PANELS = { guide: Guide, playground: Playground, reference: Reference, errors: Errors };

function Docs() {
    const [panel, show] = usePanel(Object.keys(PANELS));
    const tabs = Object.keys(PANELS).map((name) => [name, t(`docs-${name}`)]);
    return html`
        <div class="page-head">
            <div>
                <h1>${t('docs-title')}</h1>
                <p class="text-secondary">${t('docs-lead')}</p>
            </div>
            <a class="btn" href="/openapi.json">OpenAPI</a>
        </div>
        <${Tabs} label=${t('docs-title')} tabs=${tabs} value=${panel} onChange=${show}><${PANELS[panel]} /><//>
    `;
}

start(html`<${Docs} />`, 'api-docs');
