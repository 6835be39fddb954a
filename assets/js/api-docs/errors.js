// What the codes of errors mean. The list comes with the description of the API.
import { get } from '../api.js';
import { html } from '../html.js';
import { find, t } from '../i18n.js';
import { Failure, Loading, useLoad } from '../ui.js';
import { Prose } from './prose.js';

export function Errors() {
    const codes = useLoad((signal) => get('/openapi.json', { signal }).then((api) => api['x-error-codes']));
    if (codes.error) return html`<div class="card"><${Failure} error=${codes.error} retry=${codes.reload} /></div>`;
    if (!codes.data) return html`<div class="card"><${Loading} lines=${8} /></div>`;
    return html`
        <section class="card stack">
            <p>${t('errors-lead')}</p>
            <div class="scroll-x" tabindex="0" role="region" aria-label=${t('docs-errors')}>
                <table class="rows">
                    <thead><tr><th scope="col">${t('errors-status')}</th><th scope="col">${t('errors-code')}</th><th scope="col">${t('errors-meaning')}</th></tr></thead>
                    <tbody>${codes.data.map(({ status, code, meaning }) => html`
                        <tr key=${code}>
                            <td>${status}</td>
                            <th scope="row"><code>${code}</code></th>
                            <td><${Prose} text=${find(`code-${code.replaceAll('_', '-')}`) ?? meaning} /></td>
                        </tr>
                    `)}</tbody>
                </table>
            </div>
        </section>
    `;
}
