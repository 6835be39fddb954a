// Every route, from /openapi.json.
import { get } from '../api.js';
import { html, useMemo, useState } from '../html.js';
import { t } from '../i18n.js';
import { Empty, Failure, Field, Loading, useLoad } from '../ui.js';
import { Prose } from './prose.js';
import { Schema } from './schema.js';

const FIRST = ['OpenAI', 'Accounts', 'Status'];
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function Reference() {
    const api = useLoad((signal) => get('/openapi.json', { signal }));
    const [wanted, setWanted] = useState('');
    const groups = useMemo(() => (api.data ? grouped(api.data, wanted.trim().toLowerCase()) : []), [api.data, wanted]);
    if (api.error) return html`<div class="card"><${Failure} error=${api.error} retry=${api.reload} /></div>`;
    if (!api.data) return html`<div class="card"><${Loading} lines=${8} /></div>`;
    return html`
        <div class="stack">
            <${Field} label=${t('reference-search')} type="search" value=${wanted} onInput=${setWanted} placeholder="/v1/chat" />
            ${groups.length === 0 && html`<div class="card"><${Empty} icon="search" title=${t('reference-none')} /></div>`}
            ${groups.map(([tag, operations]) => html`
                <section key=${tag} class="card">
                    <div class="card-head"><h2>${tag}</h2></div>
                    ${operations.map((one) => html`<${Operation} key=${one.method + one.path} ...${one} schemas=${api.data.components.schemas} />`)}
                </section>
            `)}
        </div>
    `;
}

/** The operations that the search finds, by tag, in the document's order. */
function grouped({ paths }, wanted) {
    const groups = new Map();
    for (const [path, item] of Object.entries(paths)) {
        for (const method of METHODS.filter((name) => item[name])) {
            const operation = item[method];
            const words = `${method} ${path} ${operation.summary ?? ''} ${operation.tags}`.toLowerCase();
            if (!words.includes(wanted)) continue;
            const tag = operation.tags?.[0] ?? '';
            groups.set(tag, [...(groups.get(tag) ?? []), { method, path, operation }]);
        }
    }
    return [...groups].sort(([one], [other]) => rank(one) - rank(other));
}

/** What most people look for comes first. */
const rank = (tag) => (FIRST.indexOf(tag) + FIRST.length + 1) % (FIRST.length + 1);

function Operation({ method, path, operation, schemas }) {
    const [isOpen, setOpen] = useState(false);
    return html`
        <details class="operation" onToggle=${(event) => setOpen(event.target.open)}>
            <summary>
                <span class=${`method method-${method}`}>${method.toUpperCase()}</span>
                <code>${path}</code>
                <span class="text-secondary cut">${operation.summary?.replaceAll('`', '')}</span>
            </summary>
            ${isOpen && html`<${Details} operation=${operation} schemas=${schemas} />`}
        </details>
    `;
}

function Details({ operation: { summary, description, parameters, requestBody, responses, security }, schemas }) {
    const body = requestBody && Object.entries(requestBody.content)[0];
    const open = security?.some((one) => Object.keys(one).length === 0);
    return html`
        <div class="stack-tight operation-body">
            <${Prose} text=${summary} />
            <${Prose} text=${description} />
            ${open && html`<p class="text-secondary">${t('reference-open')}</p>`}
            ${parameters?.length > 0 && html`
                <h3>${t('reference-parameters')}</h3>
                <dl class="schema">${parameters.map((one) => html`
                    <div key=${one.in + one.name}><dt><code>${one.name}</code> <small>${one.in}${one.required && `, ${t('reference-required')}`}</small></dt>
                    <dd><${Prose} text=${one.description} /></dd></div>
                `)}</dl>
            `}
            ${body && html`<h3>${t('reference-body')} <small>${body[0]}</small></h3><${Schema} schema=${body[1].schema} schemas=${schemas} />`}
            <h3>${t('reference-answers')}</h3>
            ${Object.entries(responses).map(([status, answer]) => {
                const content = answer.content && Object.entries(answer.content)[0];
                return html`
                    <details key=${status} class="answer">
                        <summary><strong>${status}</strong> <span class="text-secondary">${answer.description || content?.[1].schema?.$ref?.split('/').pop()}</span></summary>
                        ${content?.[1].schema && html`<${Schema} schema=${content[1].schema} schemas=${schemas} />`}
                    </details>
                `;
            })}
        </div>
    `;
}
