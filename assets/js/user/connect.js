// How to use the key in other programs, filled with one's own address and key.
import { call } from '../api.js';
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { baseUrl, snippets } from '../snippets.js';
import { Button, CopyButton, Select, Snippet, Tabs, useLoad } from '../ui.js';
import { reveal } from './key.js';

const USUAL_MODEL = 'gpt-oss:20b';

export function Connect({ user }) {
    const [which, setWhich] = useState('curl');
    const [key, setKey] = useState();
    const provider = user.keyProvider ?? user.defaultProvider;
    const models = useLoad((signal) => listModels(provider, signal), [provider]);
    const [chosen, setModel] = useState();
    const model = chosen ?? models.data?.[0] ?? USUAL_MODEL;
    const base = baseUrl(provider === 'ollama' ? undefined : provider);
    const shown = key ?? user.keyToken ?? 'sk-pool-…';
    const tabs = Object.entries(snippets).map(([name, { name: title }]) => [name, title]);
    const toggle = async () => setKey(key ? undefined : await reveal());
    return html`
        <section class="card stack">
            <div class="card-head">
                <div>
                    <h2>${t('connect-title')}</h2>
                    <p class="text-secondary">${t('connect-lead')}</p>
                </div>
                ${user.keyToken && html`<${Button} icon=${key ? 'eye-off' : 'eye'} onClick=${toggle}>${t(key ? 'connect-hide' : 'connect-show')}<//>`}
            </div>
            <dl class="facts">
                <div><dt>${t('connect-url')}</dt><dd class="with-button"><code>${base}</code><${CopyButton} kind="ghost" text=${base} /></dd></div>
                <div><dt>${t('connect-model')}</dt><dd>
                    ${models.data?.length
                        ? html`<${Select} bare label=${t('connect-model')} value=${model} options=${models.data.map((id) => [id, id])} onInput=${setModel} />`
                        : html`<code>${model}</code>`}
                </dd></div>
            </dl>
            <div>
                <${Tabs} label=${t('connect-program')} tabs=${tabs} value=${which} onChange=${setWhich}>
                    <${How} which=${which} base=${base} shown=${shown} model=${model} whole=${() => key ?? reveal()} />
                <//>
            </div>
        </section>
    `;
}

/** What to paste; copied with the whole key, also while that isn't shown. */
function How({ which, base, shown, model, whole }) {
    const { make, fields } = snippets[which];
    if (make) return html`<${Snippet} text=${make(base, shown, model)} copied=${async () => make(base, await whole(), model)} />`;
    return html`
        <div class="stack-tight">
            <p>${t(`connect-${which}`)}</p>
            <dl class="facts lines">
                ${fields(base, shown).map(([name, value]) => html`
                    <div key=${name}><dt>${t(`connect-field-${name}`)}</dt><dd class="with-button"><code>${value}</code>
                        <${CopyButton} kind="ghost" text=${name === 'key' ? whole : value} /></dd></div>
                `)}
            </dl>
        </div>
    `;
}

/** The provider's models; without them an example stands in. */
async function listModels(provider, signal) {
    const { data } = await call('GET', `/${provider}/v1/models`, undefined, { stay: true, signal });
    return data.map(({ id }) => id).sort();
}
