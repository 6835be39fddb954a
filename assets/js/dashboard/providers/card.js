// One provider: how it stands, and what can be done with it.
import { del, patch, post } from '../../api.js';
import { html, useState } from '../../html.js';
import { number, t } from '../../i18n.js';
import { baseUrl } from '../../snippets.js';
import { Button, confirm, CopyButton, toast } from '../../ui.js';
import { Link } from '../place.js';

const STATES = [['active', 'good'], ['cooling', 'warn'], ['disabled', 'bad'], ['expired', '']];

export function ProviderCard({ provider, edit, onDone }) {
    const [tested, setTested] = useState();
    const path = `/admin/providers/${encodeURIComponent(provider.id)}`;
    const test = async () => setTested(await post(`${path}/test`));
    const turn = async () => {
        if (provider.enabled && !(await confirm({ title: t('upstream-off'), text: t('upstream-off-text', { name: provider.name }), action: t('manage-off') }))) return;
        await patch(path, { enabled: !provider.enabled });
        onDone();
    };
    const agree = async () => {
        const text = t('upstream-moved-text', { name: provider.name, url: provider.base_url });
        if (!(await confirm({ title: t('upstream-moved-confirm'), text, action: t('upstream-moved-confirm') }))) return;
        await post(`${path}/confirm`, { base_url: provider.base_url, kind: provider.kind });
        toast(t('upstream-moved-done', { name: provider.name }));
        onDone();
    };
    const remove = async () => {
        if (!(await confirm({ title: t('upstream-delete'), text: t('upstream-delete-text', { name: provider.name }), action: t('manage-delete') }))) return;
        await del(path);
        toast(t('upstream-deleted', { name: provider.name }));
        onDone();
    };
    return html`
        <section class="card stack upstream" aria-labelledby=${`upstream-${provider.id}`}>
            <div class="card-head">
                <h2 id=${`upstream-${provider.id}`}>${provider.name}</h2>
                <${State} provider=${provider} />
            </div>
            <dl class="facts lines">
                <div><dt>${t('upstream-where')}</dt><dd><code>${provider.base_url}</code></dd></div>
                <div><dt>${t('upstream-serves')}</dt><dd class="with-button"><code>${baseUrl(provider.id)}</code><${CopyButton} kind="ghost" text=${baseUrl(provider.id)} /></dd></div>
            </dl>
            ${provider.moved_from && html`<${Moved} provider=${provider} agree=${agree} />`}
            <${Keys} counts=${provider.keys} />
            ${tested && html`<${Tested} result=${tested} />`}
            <div class="btn-line">
                <${Button} icon="plug" onClick=${test}>${t('upstream-test')}<//>
                <${Button} icon="power" onClick=${turn}>${t(provider.enabled ? 'manage-off' : 'manage-on')}<//>
                <${Button} kind="ghost" icon="edit" label=${t('upstream-edit', { name: provider.name })} onClick=${() => edit(provider)} />
                ${!provider.built_in && html`<${Button} kind="ghost" icon="trash" label=${t('upstream-delete-one', { name: provider.name })} onClick=${remove} />`}
            </div>
        </section>
    `;
}

/** Its keys are held back until somebody has looked at where it is now. */
function Moved({ provider: { moved_from: { origin, kind } }, agree }) {
    return html`
        <div class="form-error stack-tight" role="status">
            <span>${t('upstream-moved', { origin, kind })}</span>
            <div class="btn-line"><${Button} kind="danger" icon="check" onClick=${agree}>${t('upstream-moved-confirm')}<//></div>
        </div>
    `;
}

/** Whether it can serve, in a word. */
function State({ provider: { enabled, built_in: isBuiltIn, kind, keys, moved_from: moved } }) {
    const [tone, name] = !enabled ? ['bad', 'off'] : moved ? ['bad', 'moved'] : keys.active ? ['good', 'serves'] : ['warn', 'no-key'];
    return html`
        <span class="chips">
            <span class=${`tag tag-${tone}`}>${t(`upstream-is-${name}`)}</span>
            <span class="tag plain-tag" title=${t('upstream-kind')}>${kind}</span>
            ${isBuiltIn && html`<span class="tag plain-tag">${t('upstream-built-in')}</span>`}
        </span>
    `;
}

/** How its keys stand, as shares of a line and in numbers. */
function Keys({ counts }) {
    const all = STATES.reduce((sum, [name]) => sum + counts[name], 0);
    if (!all) return html`<p class="text-secondary">${t('upstream-no-keys')} <${Link} href="/dashboard/import">${t('upstream-import')}<//></p>`;
    const some = STATES.filter(([name]) => counts[name]);
    const color = (tone) => `var(--${tone || 'ink-2'})`;
    return html`
        <div class="stack-tight">
            <div class="meter shares" aria-hidden="true">${some.map(([name, tone]) => html`<i key=${name} style=${{ flexGrow: counts[name], background: color(tone) }} />`)}</div>
            <div class="chips">${some.map(([name, tone]) => html`<span key=${name} class=${`tag ${tone && `tag-${tone}`}`}>${t(`upstream-keys-${name}`, { count: number(counts[name]) })}</span>`)}</div>
        </div>
    `;
}

/** What it said to the test. */
function Tested({ result: { ok, status, latency_ms: ms, models, with_key: withKey, error } }) {
    const words = ok
        ? t('upstream-answers', { models: number(models), ms: number(ms) })
        : status ? t('upstream-refuses', { status: String(status), ms: number(ms) }) : t(`upstream-error-${error.replaceAll('_', '-')}`);
    return html`
        <div class=${ok ? 'form-good' : 'form-error'} role="status">
            <span>${words} ${t(withKey ? 'upstream-with-key' : 'upstream-without-key')}</span>
        </div>
    `;
}
