// How a key is, in a word and in sentences: why it is not used, until when, and what ends it.
import { html } from '../../html.js';
import { find, t } from '../../i18n.js';
import { Time } from '../../time.js';

export const TONES = { active: 'good', cooling: 'warn', failed: 'bad', disabled: '', expired: '' };

/** Its provider is elsewhere now, and nobody has confirmed that. */
const MOVED = 'provider_moved';

/** What a code of the pool's means, as in docs/verdicts.md. */
export const reason = (code) => find(`reason-${code.replaceAll('_', '-')}`) ?? code;

/** The state, and until when. */
export function KeyState({ of: key }) {
    const until = key.status === 'cooling' ? key.cooling_until : key.disabled_until;
    const isTold = key.status === 'failed' || key.disabled_reason === MOVED;
    const why = key.status === 'cooling' ? key.cooling_reason : isTold && key.disabled_reason;
    return html`
        <span class=${`tag ${TONES[key.status] && `tag-${TONES[key.status]}`}`} title=${why ? reason(why) : key.disabled_note}>${t(`state-${key.status}`)}</span>
        ${until && html` <small class="text-secondary until"><${Time} at=${until} as="relative" /></small>`}
    `;
}

export function Explained({ of: key }) {
    return html`
        <div class=${`explained explained-${TONES[key.status] || 'off'}`}>
            <${KeyState} of=${key} />
            ${sentences(key).map((sentence, n) => html`<p key=${n}>${sentence}</p>`)}
        </div>
    `;
}

function sentences(key) {
    switch (key.status) {
        case 'active': return [t('why-active'), html`<span class="text-secondary">${t('why-passed-over')}</span>`];
        case 'cooling': return [reason(key.cooling_reason), back(key.cooling_until), html`<span class="text-secondary">${t('why-cooling')}</span>`];
        case 'failed': return [
            reason(key.disabled_reason),
            key.disabled_until ? back(key.disabled_until) : t('why-failed'),
        ];
        case 'disabled': return key.disabled_reason === MOVED ? [reason(MOVED), t('why-moved')] : [
            reason('manual'),
            key.disabled_note && html`<q>${key.disabled_note}</q>`,
            key.disabled_until ? back(key.disabled_until) : t('why-disabled'),
        ].filter(Boolean);
        default: return [html`${t('why-expired')} <${Time} at=${key.expires_at} />`, html`<span class="text-secondary">${t('why-expired-end')}</span>`];
    }
}

const back = (at) => html`${t('why-until')} <strong><${Time} at=${at} /></strong> (<${Time} at=${at} as="relative" />)`;
