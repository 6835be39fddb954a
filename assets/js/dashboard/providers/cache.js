// How the response cache does.
import { get, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { language, number, percent, t } from '../../i18n.js';
import { Failure, Field, FormDialog, Button, Loading, Select, toast, useLoad } from '../../ui.js';
import { Link } from '../place.js';

const SCOPES = ['responses', 'models', 'all'];

export function Cache() {
    const [isClearing, setClearing] = useState(false);
    const load = useLoad((signal) => get('/admin/cache/stats', { signal }));
    const stats = load.data;
    return html`
        <section class="card stack">
            <div class="card-head">
                <div>
                    <h2>${t('store-title')}</h2>
                    <p class="text-secondary">${t('store-lead')} <${Link} href="/dashboard/settings#cache">${t('store-settings')}<//></p>
                </div>
                ${stats && html`<span class=${`tag ${stats.enabled ? 'tag-good' : ''}`}>${t(stats.enabled ? 'store-on' : 'store-off')}</span>`}
                <${Button} icon="refresh" label=${t('store-reload')} onClick=${load.reload} />
                <${Button} icon="trash" onClick=${() => setClearing(true)}>${t('store-clear')}<//>
            </div>
            ${load.error && html`<${Failure} error=${load.error} retry=${load.reload} />`}
            ${!stats && !load.error && html`<${Loading} lines=${2} />`}
            ${stats && html`<${Facts} stats=${stats} />`}
        </section>
        ${isClearing && html`<${Clear} onDone=${load.reload} onClose=${() => setClearing(false)} />`}
    `;
}

function Facts({ stats: { storage, hits, misses, stored, entries, bytes } }) {
    const size = new Intl.NumberFormat(language, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 1 });
    const facts = [
        ['hit-rate', hits + misses ? percent((100 * hits) / (hits + misses)) : '–'],
        ['hits', number(hits)], ['misses', number(misses)], ['stored', number(stored)],
        ['entries', number(entries)], ['bytes', size.format(bytes / 1000)], ['storage', storage],
    ];
    return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${t(`store-fact-${name}`)}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function Clear({ onDone, onClose }) {
    const [scope, setScope] = useState('responses');
    const [pattern, setPattern] = useState('');
    const send = async () => {
        const { cleared, catalogues } = await post('/admin/cache/clear', { scope, ...(pattern && { pattern }) });
        toast(t('store-cleared', { answers: number(cleared), catalogues: number(catalogues) }));
        onDone();
    };
    return html`
        <${FormDialog} kind="danger" title=${t('store-clear')} action=${t('store-clear')} onSend=${send} onClose=${onClose}>
            <p>${t('store-clear-text')}</p>
            <${Select} label=${t('store-scope')} value=${scope} options=${SCOPES.map((name) => [name, t(`store-scope-${name}`)])} onInput=${setScope} />
            <${Field} label=${t('store-pattern')} hint=${t('store-pattern-hint')} maxlength="300" autocomplete="off" spellcheck="false" placeholder="ollama/gpt-oss*" value=${pattern} onInput=${setPattern} />
        <//>
    `;
}
