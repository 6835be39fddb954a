// A schema as a list of its fields; what is inside is folded.
import { html, useState } from '../html.js';
import { t } from '../i18n.js';
import { Prose } from './prose.js';

const resolved = (schema, schemas) => (schema?.$ref ? schemas[schema.$ref.split('/').pop()] : schema);

export function Schema({ schema, schemas }) {
    const { properties, required, inner } = fields(schema, schemas);
    if (!properties.length) return html`<p><code>${kind(schema, schemas)}</code></p>`;
    return html`
        <dl class="schema">
            ${inner && html`<div><dt><small>${kind(schema, schemas)}</small></dt></div>`}
            ${properties.map(([name, property]) => html`
                <${Property} key=${name} name=${name} schema=${property} schemas=${schemas} isRequired=${required.includes(name)} />
            `)}
        </dl>
    `;
}

function Property({ name, schema, schemas, isRequired }) {
    const [isOpen, setOpen] = useState(false);
    const has = fields(schema, schemas).properties.length > 0;
    const { description, example, examples } = { ...resolved(schema, schemas), ...schema };
    const shown = example ?? examples?.[0];
    return html`
        <div>
            <dt><code>${name}</code> <small>${kind(schema, schemas)}${isRequired && `, ${t('reference-required')}`}</small></dt>
            <dd>
                <${Prose} text=${description} />
                ${shown !== undefined && html`<small class="text-secondary">${t('reference-example')} <code>${JSON.stringify(shown)}</code></small>`}
                ${has && html`
                    <details onToggle=${(event) => setOpen(event.target.open)}>
                        <summary>${t('reference-fields')}</summary>
                        ${isOpen && html`<${Schema} schema=${schema} schemas=${schemas} />`}
                    </details>
                `}
            </dd>
        </div>
    `;
}

/** The fields of an object, of what a list holds, or of what may also be null. */
function fields(schema, schemas) {
    const found = resolved(schema, schemas) ?? {};
    if (found.items) return { ...fields(found.items, schemas), inner: true };
    const parts = [found, ...(found.allOf ?? []), ...(found.oneOf ?? [])].map((one) => resolved(one, schemas) ?? {});
    return {
        properties: parts.flatMap((part) => Object.entries(part.properties ?? {})),
        required: parts.flatMap((part) => part.required ?? []),
    };
}

function kind(schema, schemas) {
    const found = resolved(schema, schemas) ?? {};
    if (found.enum) return found.enum.map((value) => JSON.stringify(value)).join(' | ');
    if (found.items) return `${kind(found.items, schemas)}[]`;
    if (found.oneOf) return [...new Set(found.oneOf.map((one) => kind(one, schemas)))].join(' | ');
    return [found.type ?? (found.properties || found.allOf ? 'object' : 'any')].flat().join(' | ');
}
