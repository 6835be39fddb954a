// One thing that was done: who, from where, and what it changed.
import { html } from '../../html.js';
import { t } from '../../i18n.js';
import { Time } from '../../time.js';
import { CopyButton, Dialog } from '../../ui.js';
import { differences } from './differences.js';

export function Deed({ entry, onClose }) {
    const facts = [
        ['audit-target', html`<code>${entry.target}</code>`],
        ['audit-actor', entry.actor],
        ['audit-address', entry.address || '–'],
        ['audit-at', html`<${Time} at=${entry.at} />`],
    ];
    return html`
        <${Dialog} wide title=${entry.action} onClose=${onClose}>
            <dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${t(name)}</dt><dd>${value}</dd></div>`)}</dl>
            <${Changes} before=${entry.before} after=${entry.after} />
            <dl class="facts lines">
                <div><dt>${t('audit-request')}</dt><dd class="with-button"><code>${entry.requestId || '–'}</code></dd></div>
                <div><dt>${t('audit-hash')}</dt><dd class="with-button"><code>${entry.hash}</code><${CopyButton} kind="ghost" text=${entry.hash} /></dd></div>
            </dl>
        <//>
    `;
}

/** What was and what is, by field; said in words and marked, too. */
function Changes({ before, after }) {
    const rows = differences(before, after);
    if (!rows.length) return html`<p class="text-secondary">${t('audit-nothing')}</p>`;
    return html`
        <div class="scroll-x" tabindex="0" role="region" aria-label=${t('audit-changes')}>
            <table class="rows diff">
                <thead><tr><th scope="col">${t('audit-field')}</th><th scope="col">${t('audit-before')}</th><th scope="col">${t('audit-after')}</th></tr></thead>
                <tbody>${rows.map(({ name, was, is }) => html`
                    <tr key=${name}>
                        <th scope="row"><code>${name || '–'}</code></th>
                        <td>${was === undefined ? '–' : html`<del>${was}</del>`}</td>
                        <td>${is === undefined ? '–' : html`<ins>${is}</ins>`}</td>
                    </tr>
                `)}</tbody>
            </table>
        </div>
    `;
}
