// One's key: to look at, to copy, to replace.
import { post } from '../api.js';
import { html, useState } from '../html.js';
import { number, t } from '../i18n.js';
import { span, Time, useNow } from '../time.js';
import { Button, confirm, CopyButton, Empty, toast } from '../ui.js';

/** The whole key, asked for when it is needed; it is kept nowhere. */
export const reveal = () => post('/api/auth/key/reveal').then(({ token }) => token);

export function KeyCard({ user, setUser }) {
    const [whole, setWhole] = useState();
    if (!user.keyToken) {
        return html`<section class="card"><${Empty} icon="key" title=${t('key-none')}>${t('key-none-hint')}<//></section>`;
    }
    const rotate = async () => {
        if (!(await confirm({ title: t('key-rotate'), text: t('key-rotate-text'), action: t('key-rotate') }))) return;
        const answer = await post('/api/auth/key/rotate');
        setWhole(answer.token);
        setUser(answer.user);
        toast(t('key-rotated'));
    };
    const toggle = async () => setWhole(whole ? undefined : await reveal());
    return html`
        <section class="card stack">
            <div class="card-head">
                <h2>${t('key-title')}</h2>
                <${KeyState} endsAt=${user.keyExpiresAt} />
            </div>
            <div class="secret">
                <code>${whole ?? user.keyToken}</code>
                <${Button} kind="ghost" icon=${whole ? 'eye-off' : 'eye'} label=${t(whole ? 'hide' : 'show')} aria-pressed=${Boolean(whole)} onClick=${toggle} />
                <${CopyButton} kind="ghost" text=${() => whole ?? reveal()} />
            </div>
            <dl class="facts">
                <div><dt>${t('key-provider')}</dt><dd>${user.keyProvider ?? t('key-any-provider')}</dd></div>
                <div><dt>${t('key-requests')}</dt><dd>${number(user.keyRequestCount)}</dd></div>
                <div><dt>${t('key-ends')}</dt><dd>${user.keyExpiresAt ? html`<${Time} at=${user.keyExpiresAt} />` : t('key-never')}</dd></div>
            </dl>
            <div class="btn-line">
                <${CopyButton} kind="primary" text=${() => whole ?? reveal()}>${t('key-copy')}<//>
                <${Button} icon="refresh" onClick=${rotate}>${t('key-rotate')}<//>
            </div>
        </section>
    `;
}

function KeyState({ endsAt }) {
    const now = useNow(endsAt ? 1000 : 0);
    if (!endsAt) return html`<span class="tag tag-good">${t('key-good')}</span>`;
    const left = Date.parse(endsAt) - now;
    if (left <= 0) return html`<span class="tag tag-bad">${t('key-ended')}</span>`;
    const tone = left < 86_400_000 ? 'warn' : 'good';
    return html`<span class=${`tag tag-${tone}`} role="timer">${t('key-left', { span: span(left) })}</span>`;
}
