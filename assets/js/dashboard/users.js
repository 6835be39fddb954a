// People with an account, and the invitations by which they come.
import { html } from '../html.js';
import { t } from '../i18n.js';
import { usePanel } from '../panels.js';
import { Tabs } from '../ui.js';
import { Invitations } from './users/invitations.js';
import { People } from './users/people.js';

const PANELS = ['people', 'invitations'];

export function Users({ providers }) {
    const [panel, show] = usePanel(PANELS);
    const shown = { people: People, invitations: Invitations }[panel];
    return html`
        <${Tabs} label=${t('tab-users')} tabs=${PANELS.map((name) => [name, t(`users-panel-${name}`)])} value=${panel} onChange=${show}>
            <${shown} providers=${providers} />
        <//>
    `;
}
