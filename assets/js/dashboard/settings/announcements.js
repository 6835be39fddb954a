// What is told to everyone, to users or to administrators.
import { del, get } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Time } from '../../time.js';
import { Button, confirm, Pagination, toast, useLoad } from '../../ui.js';
import { ListStates } from '../manage/list.js';
import { Draft } from './draft.js';

const TONES = { info: '', warning: 'warn', critical: 'bad' };

export function Announcements() {
    const [page, setPage] = useState(1);
    const [edited, edit] = useState();
    const load = useLoad((signal) => get(`/admin/announcements?page=${page}&pageSize=10`, { signal }), [page]);
    const rows = load.data?.announcements ?? [];
    return html`
        <section class="card" id="announcements" aria-labelledby="announcements-title">
            <div class="card-head">
                <h2 id="announcements-title">${t('notices')}</h2>
                <${Button} icon="plus" onClick=${() => edit({})}>${t('notice-new')}<//>
            </div>
            <${ListStates} load=${load} rows=${rows} icon="bell" empty=${t('notice-none')} hint=${t('notice-none-hint')}>
                <ul class="plain">${rows.map((one) => html`<${Line} key=${one.id} one=${one} edit=${edit} onDone=${load.reload} />`)}</ul>
            <//>
            ${load.data && html`<${Pagination} ...${load.data} onPage=${setPage} />`}
        </section>
        ${edited && html`<${Draft} notice=${edited} onDone=${load.reload} onClose=${() => edit()} />`}
    `;
}

function Line({ one, edit, onDone }) {
    const remove = async () => {
        if (!(await confirm({ title: t('notice-delete'), text: t('notice-delete-text', { title: one.title }), action: t('manage-delete') }))) return;
        await del(`/admin/announcements/${one.id}`);
        toast(t('notice-deleted'));
        onDone();
    };
    return html`
        <li class="line">
            <div class="line-text">
                <strong>${one.title}</strong>
                <span class=${`tag ${TONES[one.level] && `tag-${TONES[one.level]}`}`}>${t(`notice-level-${one.level}`)}</span>
                <span class="tag">${t(`notice-audience-${one.audience}`)}</span>
                <${Shown} from=${one.startsAt} until=${one.endsAt} />
                <p class="text-secondary clamp">${one.body}</p>
            </div>
            <div class="row-actions">
                <${Button} kind="ghost" icon="edit" label=${t('notice-edit', { title: one.title })} onClick=${() => edit(one)} />
                <${Button} kind="ghost" icon="trash" label=${t('notice-delete-one', { title: one.title })} onClick=${remove} />
            </div>
        </li>
    `;
}

/** From when until when it is shown, and whether that is now. */
function Shown({ from, until }) {
    const now = Date.now();
    const state = until && Date.parse(until) <= now ? 'over' : from && Date.parse(from) > now ? 'later' : 'now';
    return html`
        <div class="note">
            ${t(`notice-is-${state}`)}
            ${from && html` · ${t('notice-from')} <${Time} at=${from} />`}
            ${until && html` · ${t('notice-until')} <${Time} at=${until} />`}
        </div>
    `;
}
