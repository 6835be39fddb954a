// What narrows the list of keys down.
import { get, query } from '../../api.js';
import { html, useEffect, useId, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button } from '../../ui.js';
import { Filter, FilterBar, Search } from '../filters.js';

export const STATES = ['active', 'cooling', 'failed', 'disabled', 'expired'];
const FAMILIES = ['deepseek', 'gemma', 'glm', 'gpt-oss', 'kimi', 'llama', 'mistral', 'qwen', 'general'];
const ACCOUNTS_SHOWN = 20;

/** How the list is unless it is said otherwise. `open` is the key that is looked at. */
export const USUAL = { search: '', status: 'all', category: '', account: '', import_id: '', sort: 'id', page: '1', pageSize: '50', open: '' };

export function KeyFilters({ provider, filters, change, onClear }) {
    const states = [['all', t('keys-every-state')], ...STATES.map((name) => [name, t(`state-${name}`)])];
    const families = [['', t('keys-every-family')], ...FAMILIES.map((name) => [name, name])];
    return html`
        <${FilterBar} label=${t('keys-filters')} onClear=${onClear}>
            <${Search} label=${t('keys-search')} value=${filters.search} onInput=${(search) => change({ search })} />
            <${Filter} label=${t('keys-state')} value=${filters.status} options=${states} onInput=${(status) => change({ status })} />
            <${Filter} label=${t('keys-family')} value=${filters.category} options=${families} onInput=${(category) => change({ category })} />
            <${AccountFilter} provider=${provider} value=${filters.account} onInput=${(account) => change({ account })} />
            ${filters.import_id && html`
                <${Button} icon="x" class="chosen" onClick=${() => change({ import_id: '' })}>${t('keys-of-import', { id: filters.import_id })}<//>
            `}
        <//>
    `;
}

/** There may be thousands of accounts: those that fit what is typed are offered. */
function AccountFilter({ provider, value, onInput }) {
    const id = useId();
    const [text, setText] = useState(value);
    const [offered, setOffered] = useState([]);
    useEffect(() => setText(value), [value]);
    const offer = async (search) => {
        const answer = await get(`/admin/accounts${query({ provider, search, pageSize: ACCOUNTS_SHOWN })}`).catch(() => ({ accounts: [] }));
        setOffered([...new Set(answer.accounts.map(({ account }) => account))]);
    };
    const type = (event) => {
        setText(event.target.value);
        // A choice from the list comes at once and whole.
        if (offered.includes(event.target.value) || !event.target.value) onInput(event.target.value);
        else offer(event.target.value);
    };
    return html`
        <input class="form-control account-filter" list=${id} aria-label=${t('keys-account')} placeholder=${t('keys-account')} autocomplete="off"
            value=${text} onFocus=${() => offer(text)} onInput=${type} onChange=${(event) => onInput(event.target.value.trim())} />
        <datalist id=${id}>${offered.map((name) => html`<option key=${name} value=${name} />`)}</datalist>
    `;
}
