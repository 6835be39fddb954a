// Pages of a list.
import { html } from '../html.js';
import { number, t } from '../i18n.js';
import { Button } from './button.js';

/** Which page of how many; `onPage` gets another one's number, from 1. */
export function Pagination({ page, totalPages, total, onPage }) {
    if (!total) return null;
    return html`
        <nav class="pagination-line" aria-label=${t('pages')}>
            <span class="text-secondary">${t('page-of', { page: number(page), pages: number(totalPages), total: number(total) })}</span>
            <div class="btn-line">
                <${Button} icon="chevron-left" label=${t('page-before')} disabled=${page <= 1} onClick=${() => onPage(page - 1)} />
                <${Button} icon="chevron-right" label=${t('page-after')} disabled=${page >= totalPages} onClick=${() => onPage(page + 1)} />
            </div>
        </nav>
    `;
}
