// What the forms of the start page share.
import { post } from '../api.js';
import { html, useCallback, useEffect, useRef, useState } from '../html.js';
import { language, t } from '../i18n.js';
import { next, signedIn } from '../session.js';
import { Button, Field, toast } from '../ui.js';

const RESEND_SECS = 60;
const TURNSTILE = 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit';

export function EmailField(props) {
    return html`<${Field} label=${t('email')} type="email" required autocomplete="username" placeholder="you@example.org" ...${props} />`;
}

/** A code by mail, with the button that asks for it; 60 seconds pass between two mails. */
export function CodeField({ email, purpose, person, ...rest }) {
    const [left, setLeft] = useState(0);
    useEffect(() => {
        if (left <= 0) return undefined;
        const timer = setTimeout(setLeft, 1000, left - 1);
        return () => clearTimeout(timer);
    }, [left]);
    const send = async () => {
        if (!email) return toast(t('email-first'), 'danger');
        try {
            await post('/api/auth/send-code', { email, purpose, turnstileToken: person.take() }, { stay: true });
        } catch (error) {
            if (error.retryAfter) setLeft(Math.min(error.retryAfter, 3600));
            throw error;
        }
        setLeft(RESEND_SECS);
        return toast(t('code-sent'));
    };
    const side = html`<${Button} onClick=${send} disabled=${left > 0}>${left > 0 ? t('code-again', { seconds: left }) : t('code-send')}<//>`;
    return html`<${Field} label=${t('code')} inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6"
        required side=${side} hint=${t('code-hint')} ...${rest} />`;
}

/** What Turnstile gave, each good for one request; `take` gives it away and asks for another. */
export function usePerson(config) {
    const [token, setToken] = useState();
    const widget = useRef();
    const take = useCallback(() => {
        if (token) globalThis.turnstile?.reset(widget.current);
        setToken(undefined);
        return token;
    }, [token]);
    return { siteKey: config.turnstileSiteKey, take, setToken, widget };
}

/** Turnstile's widget, where the service asks for it. Its script is the only one of another host. */
export function Person({ person }) {
    const root = useRef();
    useEffect(() => {
        if (!person.siteKey) return undefined;
        let ended = false;
        turnstile().then((api) => {
            if (ended) return;
            person.widget.current = api.render(root.current, {
                sitekey: person.siteKey,
                language: language.toLowerCase(),
                theme: document.documentElement.dataset.bsTheme,
                callback: person.setToken,
                'expired-callback': () => person.setToken(undefined),
            });
        }, () => toast(t('person-failed'), 'danger'));
        return () => {
            ended = true;
            globalThis.turnstile?.remove(person.widget.current);
        };
    }, [person.siteKey]);
    return person.siteKey && html`<div ref=${root} class="person" />`;
}

let loading;

function turnstile() {
    loading ??= new Promise((resolve, reject) => {
        const script = Object.assign(document.createElement('script'), { src: TURNSTILE });
        script.onload = () => resolve(globalThis.turnstile);
        script.onerror = reject;
        document.head.append(script);
    });
    return loading;
}

/** Somebody has signed in: on to where they wanted; for administrators this page has the first steps. */
export function enter({ user }) {
    signedIn();
    location.assign(next(user.role === 'admin' ? '/' : '/user'));
}
