// Keys as a table to save: masked, or whole for those who really mean it.
import { call, query } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { Dialog, Field, Menu, toast } from '../../ui.js';
import { save } from '../download.js';
import { Form } from '../form.js';
import { allOf } from './bulk.js';

/** What the API wants to be told, in any language. */
const WORDS = 'export all secrets';

export function Export({ provider, filters, total }) {
    const [isOpen, setOpen] = useState(false);
    const masked = async () => {
        const { page, pageSize, ...which } = filters;
        save(await call('GET', `/admin/api-keys/export${query({ provider, ...which })}`, undefined, { as: 'blob' }), 'keys.csv');
    };
    const items = [
        { label: t('export-masked'), icon: 'download', onClick: () => masked().catch((error) => toast(error.message, 'danger')) },
        { label: t('export-whole'), icon: 'lock', danger: true, onClick: () => setOpen(true) },
    ];
    return html`
        <${Menu} icon="download" label=${t('export')} text=${t('export')} items=${items} />
        ${isOpen && html`<${Whole} provider=${provider} filters=${filters} total=${total} onClose=${() => setOpen(false)} />`}
    `;
}

function Whole({ provider, filters, total, onClose }) {
    const [words, setWords] = useState('');
    const send = async () => {
        const { filter } = allOf(provider, filters, true);
        save(await call('POST', '/admin/api-keys/export', { secrets: true, confirm: WORDS, filter }, { as: 'blob' }), 'keys-with-secrets.csv');
        onClose();
    };
    return html`
        <${Dialog} title=${t('export-whole')} onClose=${onClose}>
            <${Form} action=${t('export')} kind="danger" onSend=${send} disabled=${words.trim() !== WORDS}>
                <p>${t('export-text', { count: number(total) })}</p>
                <${Field} label=${t('export-words', { words: WORDS })} required autofocus autocomplete="off" value=${words} onInput=${setWords} />
            <//>
        <//>
    `;
}
