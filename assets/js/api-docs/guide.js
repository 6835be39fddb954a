// The first request, and what every client should know.
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { baseUrl, snippets } from '../snippets.js';
import { Snippet, Tabs } from '../ui.js';

const KEY = 'sk-pool-…';
const MODEL = 'gpt-oss:20b';
const NOTES = ['providers', 'models', 'streams', 'limits', 'retries', 'headers'];

export function Guide() {
    const [which, setWhich] = useState('curl');
    const programs = Object.entries(snippets).filter(([, { make }]) => make);
    return html`
        <div class="stack">
            <section class="card stack">
                <h2>${t('guide-first')}</h2>
                <p>${t('guide-first-lead')}</p>
                <${Tabs} label=${t('guide-first')} tabs=${programs.map(([name, { name: title }]) => [name, title])} value=${which} onChange=${setWhich}>
                    <${Snippet} text=${snippets[which].make(baseUrl(), KEY, MODEL)} />
                <//>
            </section>
            <div class="grid">
                ${NOTES.map((name) => html`
                    <section key=${name} class="card span-4 stack-tight">
                        <h2>${t(`guide-${name}`)}</h2>
                        <p class="text-secondary">${t(`guide-${name}.more`)}</p>
                    </section>
                `)}
            </div>
        </div>
    `;
}
