// What is shown while there is nothing, nothing yet, or something went wrong.
import { html, useCallback, useEffect, useRef, useState } from '../html.js';
import { t } from '../i18n.js';
import { Button, Icon } from './button.js';

/** Grey lines where text will be. */
export function Loading({ lines = 3 }) {
    return html`
        <div class="skeleton" role="status" aria-label=${t('loading-now')}>
            ${Array.from({ length: lines }, (_, n) => html`<span key=${n} class="skeleton-line" />`)}
        </div>
    `;
}

/** There is nothing; `children` says what can be done about it. */
export function Empty({ icon = 'inbox', title, children }) {
    return html`
        <div class="state">
            <${Icon} name=${icon} class="state-icon" />
            <p class="state-title">${title}</p>
            ${children && html`<div class="text-secondary">${children}</div>`}
        </div>
    `;
}

/** What an `ApiError` says, and a way to try again. */
export function Failure({ error, retry }) {
    return html`
        <div class="state" role="alert">
            <${Icon} name=${error.isOffline ? 'cloud-off' : 'alert-triangle'} class="state-icon" />
            <p class="state-title">${error.message}</p>
            ${retry && html`<${Button} icon="refresh" onClick=${retry}>${t('try-again')}<//>`}
        </div>
    `;
}

/**
 * Loads something, again whenever `inputs` change: `{ data, error, isLoading, reload, setData }`.
 * Old data stays until new data is there, so that nothing flickers.
 */
export function useLoad(load, inputs = []) {
    const [state, set] = useState({ isLoading: true });
    const latest = useRef();
    const reload = useCallback(async () => {
        const mine = new AbortController();
        latest.current?.abort();
        latest.current = mine;
        set((old) => ({ ...old, isLoading: true }));
        try {
            const data = await load(mine.signal);
            if (!mine.signal.aborted) set({ data, isLoading: false });
        } catch (error) {
            if (!mine.signal.aborted) set((old) => ({ data: old.data, error, isLoading: false }));
        }
    }, inputs);
    useEffect(() => {
        reload();
        return () => latest.current.abort();
    }, [reload]);
    const setData = useCallback((data) => set({ data, isLoading: false }), []);
    return { ...state, reload, setData };
}
