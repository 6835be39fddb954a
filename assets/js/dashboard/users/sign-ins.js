// When a user has checked in.
import { get } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { day, Time } from '../../time.js';
import { Failure, Loading, Pagination, useLoad } from '../../ui.js';

export function SignIns({ id }) {
    const [page, setPage] = useState(1);
    const load = useLoad((signal) => get(`/admin/users/${id}/signins?page=${page}&limit=10`, { signal }), [id, page]);
    return html`
        <section class="part stack">
            <h3>${t('users-signins')}</h3>
            ${load.error && html`<${Failure} error=${load.error} retry=${load.reload} />`}
            ${!load.data && !load.error && html`<${Loading} lines=${2} />`}
            ${load.data?.total === 0 && html`<p class="text-secondary">${t('users-signins-none')}</p>`}
            ${load.data?.total > 0 && html`
                <table class="rows">
                    <thead><tr><th scope="col">${t('users-signins-day')}</th><th scope="col">${t('users-signins-at')}</th></tr></thead>
                    <tbody>${load.data.items.map((one) => html`<tr key=${one.id}><td>${day(one.signDay)}</td><td><${Time} at=${one.createdAt} /></td></tr>`)}</tbody>
                </table>
                <${Pagination} page=${page} totalPages=${load.data.pageCount} total=${load.data.total} onPage=${setPage} />
            `}
        </section>
    `;
}
