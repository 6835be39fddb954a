// A key itself: masked, until somebody asks for it.
import { post } from '../../api.js';
import { html, useState } from '../../html.js';
import { t } from '../../i18n.js';
import { Button, CopyButton } from '../../ui.js';

export function Secret({ row }) {
    const [whole, setWhole] = useState();
    const reveal = () => post(`/admin/api-keys/${row.id}/reveal`).then((answer) => answer.api_key);
    const toggle = async () => setWhole(whole ? undefined : await reveal());
    return html`
        <div class="secret">
            <code>${whole ?? row.api_key}</code>
            <${Button} kind="ghost" icon=${whole ? 'eye-off' : 'eye'} label=${t(whole ? 'hide' : 'show')} aria-pressed=${Boolean(whole)} onClick=${toggle} />
            <${CopyButton} kind="ghost" text=${() => whole ?? reveal()} />
        </div>
    `;
}
