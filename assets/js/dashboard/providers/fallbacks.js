// Who serves when a provider can't.
import { del, get, put, query } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, confirm, Field, FormDialog, Icon, Select, toast, useLoad } from '../../ui.js';
import { ListStates } from '../manage/list.js';
import { Places } from './places.js';

export function Fallbacks({ providers, usual }) {
    const [edited, edit] = useState();
    const load = useLoad((signal) => get('/admin/fallbacks', { signal }).then(({ fallbacks }) => fallbacks));
    const rows = load.data ?? [];
    return html`
        <section class="card">
            <div class="card-head">
                <div><h2>${t('fallback-title')}</h2><p class="text-secondary">${t('fallback-lead')}</p></div>
                <${Button} icon="plus" onClick=${() => edit({})}>${t('fallback-new')}<//>
            </div>
            <${ListStates} load=${load} rows=${rows} icon="route" empty=${t('fallback-none')} hint=${t('fallback-none-hint')}>
                <ul class="plain">${rows.map((one) => html`<${Line} key=${`${one.provider}/${one.model}`} one=${one} edit=${edit} onDone=${load.reload} />`)}</ul>
            <//>
        </section>
        ${edited && html`<${Order} order=${edited} providers=${providers} usual=${usual} onDone=${load.reload} onClose=${() => edit()} />`}
    `;
}

/** `*` is any model, or the same. */
const model = (name, any) => (name === '*' ? html`<em>${t(any)}</em>` : html`<code>${name}</code>`);

function Line({ one, edit, onDone }) {
    const of = `${one.provider}/${one.model}`;
    const remove = async () => {
        if (!(await confirm({ title: t('fallback-delete'), text: t('fallback-delete-text', { of }), action: t('manage-delete') }))) return;
        await del(`/admin/fallbacks${query({ provider: one.provider, model: one.model })}`);
        toast(t('fallback-deleted'));
        onDone();
    };
    return html`
        <li class="line">
            <div class="line-text route">
                <span class="tag plain-tag">${one.provider}</span> ${model(one.model, 'fallback-any')}
                ${one.to.map((place, n) => html`
                    <${Icon} name="arrow-right" label=${t('fallback-then')} />
                    <span key=${n} class="tag plain-tag">${place.provider}</span> ${model(place.model, 'fallback-same')}
                `)}
            </div>
            <div class="row-actions">
                <${Button} kind="ghost" icon="edit" label=${t('fallback-edit', { of })} onClick=${() => edit(one)} />
                <${Button} kind="ghost" icon="trash" label=${t('fallback-delete-one', { of })} onClick=${remove} />
            </div>
        </li>
    `;
}

function Order({ order, providers, usual, onDone, onClose }) {
    const isNew = order.provider === undefined;
    const [provider, setProvider] = useState(order.provider ?? usual);
    const [name, setName] = useState(order.model ?? '');
    const [places, setPlaces] = useState(order.to ?? [{ provider: providers.find(({ id }) => id !== usual)?.id ?? usual, model: '' }]);
    const send = async () => {
        await put('/admin/fallbacks', { provider, model: name, to: places });
        toast(t('manage-saved'));
        onDone();
    };
    return html`
        <${FormDialog} wide title=${isNew ? t('fallback-new') : t('fallback-edit', { of: `${order.provider}/${order.model}` })} action=${t('manage-save')} onSend=${send} onClose=${onClose}>
            <div class="fields">
                <${Select} label=${t('fallback-when')} value=${provider} disabled=${!isNew} options=${providers.map((one) => [one.id, one.name])} onInput=${setProvider} />
                <${Field} label=${t('alias-model')} hint=${t('fallback-model-hint')} required autofocus=${isNew} disabled=${!isNew} maxlength="256" autocomplete="off" spellcheck="false" value=${name} onInput=${setName} />
            </div>
            <${Places} places=${places} providers=${providers} onInput=${setPlaces} />
        <//>
    `;
}
