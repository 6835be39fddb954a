// Other names for models.
import { del, get, post, query } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, Field, FormDialog, Icon, Select, toast, useLoad } from '../../ui.js';
import { ListStates } from '../manage/list.js';

export function Aliases({ providers, usual }) {
    const [isAdding, setAdding] = useState(false);
    const load = useLoad((signal) => get('/admin/aliases', { signal }).then(({ aliases }) => aliases));
    const rows = load.data ?? [];
    return html`
        <section class="card">
            <div class="card-head">
                <div><h2>${t('alias-title')}</h2><p class="text-secondary">${t('alias-lead')}</p></div>
                <${Button} icon="plus" onClick=${() => setAdding(true)}>${t('alias-new')}<//>
            </div>
            <${ListStates} load=${load} rows=${rows} icon="route" empty=${t('alias-none')} hint=${t('alias-none-hint')}>
                <ul class="plain">${rows.map((one) => html`<${Line} key=${`${one.provider}/${one.alias}`} one=${one} onDone=${load.reload} />`)}</ul>
            <//>
        </section>
        ${isAdding && html`<${Add} providers=${providers} usual=${usual} onDone=${load.reload} onClose=${() => setAdding(false)} />`}
    `;
}

/** An alias; the words about its end say what it was, so that it can be made again. */
function Line({ one, onDone }) {
    const remove = async () => {
        await del(`/admin/aliases${query({ provider: one.provider, alias: one.alias })}`);
        toast(t('alias-deleted', { alias: one.alias, model: one.model }));
        onDone();
    };
    return html`
        <li class="line">
            <div class="line-text route">
                <span class="tag plain-tag">${one.provider}</span> <code>${one.alias}</code>
                <${Icon} name="arrow-right" label=${t('alias-leads')} /> <code>${one.model}</code>
            </div>
            <${Button} kind="ghost" icon="trash" label=${t('alias-delete', { alias: one.alias })} onClick=${remove} />
        </li>
    `;
}

function Add({ providers, usual, onDone, onClose }) {
    const [provider, setProvider] = useState(usual);
    const [alias, setAlias] = useState('');
    const [model, setModel] = useState('');
    const send = async () => {
        await post('/admin/aliases', { provider, alias, model });
        onDone();
    };
    return html`
        <${FormDialog} title=${t('alias-new')} action=${t('alias-add')} onSend=${send} onClose=${onClose}>
            <${Select} label=${t('users-provider')} value=${provider} options=${providers.map(({ id, name }) => [id, name])} onInput=${setProvider} />
            <${Field} label=${t('alias-name')} hint=${t('alias-name-hint')} required autofocus maxlength="256" autocomplete="off" spellcheck="false" placeholder="fast" value=${alias} onInput=${setAlias} />
            <${Field} label=${t('alias-model')} required maxlength="256" autocomplete="off" spellcheck="false" placeholder="gpt-oss:20b" value=${model} onInput=${setModel} />
        <//>
    `;
}
