// The list of users, and what can be done to many at once.
import { get, query } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, Pagination, useLoad } from '../../ui.js';
import { ColumnChoice, useColumns } from '../columns.js';
import { Filter, FilterBar, Search, useFilters } from '../filters.js';
import { ListStates } from '../manage/list.js';
import { TokenShown } from '../manage/secret.js';
import { Link } from '../place.js';
import { DataTable, SelectionBar, useSelection } from '../table.js';
import { BulkActions } from './bulk.js';
import { columns } from './columns.js';
import { CreateUser } from './create.js';
import { UserDetail } from './detail.js';

const USUAL = { search: '', role: '', state: '', sort: '-id', page: '1' };
const STATES = { '': {}, active: { isActive: true }, off: { isActive: false, pending: false }, pending: { pending: true } };

export function People({ providers }) {
    const [{ state, ...filters }, change, isNarrow] = useFilters(USUAL);
    const [opened, open] = useState();
    const [isAdding, setAdding] = useState(false);
    const [shown, show] = useState();
    const asked = query({ ...filters, ...STATES[state] });
    const load = useLoad((signal) => get(`/admin/users${asked}`, { signal }), [asked]);
    const selection = useSelection([filters.search, filters.role, state]);
    const [visible, choice] = useColumns('users', columns());
    const rows = load.data?.users ?? [];
    const done = (token) => {
        if (token) show({ token, once: true });
        load.reload();
    };
    return html`
        <section class="card">
            <div class="card-head">
                <p class="text-secondary">${t('users-lead')} <${Link} href="/dashboard/settings#registration">${t('users-registration')}<//></p>
                <${Button} kind="primary" icon="user-plus" onClick=${() => setAdding(true)}>${t('users-new')}<//>
            </div>
            <${FilterBar} label=${t('users-filters')} onClear=${isNarrow && (() => change(USUAL))}>
                <${Search} label=${t('users-search')} value=${filters.search} onInput=${(search) => change({ search })} />
                <${Filter} label=${t('users-role')} value=${filters.role} options=${['', 'user', 'admin'].map((name) => [name, t(`users-role-${name || 'all'}`)])} onInput=${(role) => change({ role })} />
                <${Filter} label=${t('users-state')} value=${state} options=${Object.keys(STATES).map((name) => [name, t(`users-state-${name || 'all'}`)])} onInput=${(name) => change({ state: name })} />
                <${ColumnChoice} ...${choice} />
            <//>
            <${SelectionBar} selection=${{ ...selection, all: true, count: () => selection.ids.length }} total=${load.data?.total ?? 0}>
                <${BulkActions} ids=${selection.ids} onDone=${() => done(selection.clear())} />
            <//>
            <${ListStates} load=${load} rows=${rows} isNarrow=${isNarrow} icon="users" empty=${t('users-none')} hint=${t('users-none-hint')}>
                <${DataTable} label=${t('tab-users')} columns=${visible} rows=${rows} isLoading=${load.isLoading} selection=${selection} onOpen=${({ id }) => open(id)}
                    sort=${filters.sort} onSort=${(sort) => change({ sort })} />
            <//>
            ${load.data && html`<${Pagination} ...${load.data} onPage=${(page) => change({ page })} />`}
        </section>
        ${isAdding && html`<${CreateUser} providers=${providers} onDone=${done} onClose=${() => setAdding(false)} />`}
        ${opened && html`<${UserDetail} id=${opened} providers=${providers} onDone=${done} onClose=${() => open()} />`}
        ${shown && html`<${TokenShown} ...${shown} onClose=${() => show()} />`}
    `;
}
