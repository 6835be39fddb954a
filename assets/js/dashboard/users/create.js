// A user to add.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { language, languages, t } from '../../i18n.js';
import { Field, FormDialog, Select } from '../../ui.js';
import { EndSelect } from '../manage/ends.js';

export function CreateUser({ providers, onDone, onClose }) {
    const [email, setEmail] = useState('');
    const [role, setRole] = useState('user');
    const [provider, setProvider] = useState('');
    const [end, setEnd] = useState('259200');
    const [tag, setTag] = useState(language);
    const send = async () => {
        const fields = { email, role, ttlSeconds: Number(end), language: tag, ...(provider && { provider }) };
        const { token } = await post('/admin/users', fields);
        onDone(token);
    };
    return html`
        <${FormDialog} title=${t('users-new')} action=${t('users-new-action')} onSend=${send} onClose=${onClose}>
            <p class="text-secondary">${t('users-new-lead')}</p>
            <${Field} label=${t('users-email')} type="email" required autofocus autocomplete="off" value=${email} onInput=${setEmail} />
            <div class="field-pair">
                <${Select} label=${t('users-role')} value=${role} options=${['user', 'admin'].map((name) => [name, t(`users-role-${name}`)])} onInput=${setRole} />
                <${EndSelect} label=${t('users-key-ends')} value=${end} onInput=${setEnd} />
                <${Select} label=${t('users-provider')} value=${provider} options=${[['', t('users-provider-any')], ...providers.map(({ id, name }) => [id, name || id])]} onInput=${setProvider} />
                <${Select} label=${t('users-language')} value=${tag} options=${Object.entries(languages)} onInput=${setTag} />
            </div>
        <//>
    `;
}
