// What those who run the service tell everyone.
import { get } from '../api.js';
import { html } from '../html.js';
import { Icon, useLoad } from '../ui.js';

export function Notices() {
    const list = useLoad((signal) => get('/api/announcements', { signal }).then(({ announcements }) => announcements));
    return list.data?.map(({ id, title, body, level }) => html`
        <div key=${id} class=${`announcement announcement-${level}`} role="note">
            <${Icon} name=${level === 'info' ? 'info-circle' : 'alert-triangle'} />
            <div><strong>${title}</strong>${body && html`<p>${body}</p>`}</div>
        </div>
    `);
}
