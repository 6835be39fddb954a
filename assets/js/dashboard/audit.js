// What administrators did, who signed in, and whether the log is as it was written.
import { get, query } from '../api.js';
import { html, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { Time } from '../time.js';
import { Button, Pagination, useLoad } from '../ui.js';
import { Deed } from './audit/deed.js';
import { Filter, FilterBar, Search, useFilters } from './filters.js';
import { Day, dayAfter } from './manage/day.js';
import { ListStates } from './manage/list.js';
import { DataTable } from './table.js';

const USUAL = { search: '', kind: '', action: '', from: '', to: '', actor: '', page: '1' };
/** What actions begin with. */
const KINDS = ['key.', 'token.', 'user.', 'invitation.', 'job.', 'provider.', 'alias.', 'fallback.', 'settings.', 'announcement.', 'cache.', 'secrets.', 'auth.sign_', 'auth.session', 'auth.password_', 'auth.totp_', 'auth.recovery_', 'auth.sudo', 'auth.limit', 'auth.admin_', 'audit.'];

export function Audit() {
    const [filters, change, isNarrow] = useFilters(USUAL);
    const [opened, open] = useState();
    const load = useLoad((signal) => get(`/admin/audit${query({ ...filters, to: dayAfter(filters.to) })}`, { signal }), [JSON.stringify(filters)]);
    const rows = load.data?.entries ?? [];
    const sorts = [['', t('audit-kind-all')], ['admin', t('audit-kind-admin')], ['auth', t('audit-kind-auth')]];
    const kinds = [['', t('audit-every-action')], ...KINDS.map((kind) => [kind, `${kind}*`])];
    return html`
        <section class="card">
            <div class="card-head">
                <p class="text-secondary">${t('audit-lead')}</p>
                <${Verify} />
            </div>
            <${FilterBar} label=${t('audit-filters')} onClear=${isNarrow && (() => change(USUAL))}>
                <${Search} label=${t('audit-search')} value=${filters.search} onInput=${(search) => change({ search })} />
                <${Search} label=${t('audit-actor')} value=${filters.actor} onInput=${(actor) => change({ actor })} />
                <${Filter} label=${t('audit-kind')} value=${filters.kind} options=${sorts} onInput=${(kind) => change({ kind })} />
                <${Filter} label=${t('audit-action')} value=${filters.action} options=${kinds} onInput=${(action) => change({ action })} />
                <${Day} label=${t('audit-from')} value=${filters.from} onInput=${(from) => change({ from })} />
                <${Day} label=${t('audit-to')} value=${filters.to} onInput=${(to) => change({ to })} />
            <//>
            <${ListStates} load=${load} rows=${rows} isNarrow=${isNarrow} icon="shield-check" empty=${t('audit-none')}>
                <${DataTable} label=${t('tab-audit')} columns=${columns()} rows=${rows} isLoading=${load.isLoading} onOpen=${open} />
            <//>
            ${load.data && html`<${Pagination} ...${load.data} onPage=${(page) => change({ page })} />`}
        </section>
        ${opened && html`<${Deed} entry=${opened} onClose=${() => open()} />`}
    `;
}

const columns = () => [
    { name: 'action', label: t('audit-action'), cell: (entry) => html`<code>${entry.action}</code>` },
    { name: 'target', label: t('audit-target'), cell: (entry) => html`<span class="cut" title=${entry.target}>${entry.target}</span>` },
    { name: 'actor', label: t('audit-actor'), cell: (entry) => html`<span class="cut" title=${entry.actor}>${entry.actor}</span>` },
    { name: 'address', label: t('audit-address'), cell: (entry) => entry.address || '–' },
    { name: 'at', label: t('audit-at'), cell: (entry) => html`<${Time} at=${entry.at} />` },
    { name: 'number', label: t('audit-number'), num: true, cell: (entry) => number(entry.id) },
];

/** Walks over the whole chain. */
function Verify() {
    const [found, set] = useState();
    const verify = async () => set(await get('/admin/audit/verify'));
    return html`
        <div class="btn-line verify" role="status">
            ${found && html`
                <span class=${`tag tag-${found.ok ? 'good' : 'bad'}`} title=${`${found.rows}:${found.head}`}>
                    ${found.ok ? t('audit-whole', { rows: number(found.rows) }) : t(`audit-fault-${found.fault}`, { row: number(found.broken_at) })}
                </span>
            `}
            <${Button} icon="shield-check" onClick=${verify}>${t('audit-verify')}<//>
        </div>
    `;
}
