// Who is at this browser. Sessions are in cookies that scripts can't read; what is kept here only
// spares questions whose answer would be 401.
const HINT = 'pool.signed_in';
const ADMIN = 'pool.admin';

/** Whether the admin token was shown here, as far as this browser remembers. */
export const hasShownToken = () => localStorage.getItem(ADMIN) !== null;

export function tokenShown() {
    localStorage.setItem(ADMIN, '1');
}

export function tokenForgotten() {
    localStorage.removeItem(ADMIN);
}

/** Whether somebody has signed in here, as far as this browser remembers. */
export const mayBeSignedIn = () => localStorage.getItem(HINT) !== null;

export function signedIn() {
    localStorage.setItem(HINT, '1');
}

export function signedOut() {
    localStorage.removeItem(HINT);
}

/** Where to go after signing in: a path of ours, else this one. */
export function next(otherwise) {
    const wanted = new URLSearchParams(location.search).get('next') ?? '';
    return ours(wanted, location.origin) ?? otherwise;
}

/** The path that this one leads to at this origin, or null for one that leads elsewhere. */
export function ours(wanted, origin) {
    if (!wanted.startsWith('/') || !URL.canParse(wanted, origin)) return null;
    const url = new URL(wanted, origin);
    if (url.origin !== origin) return null;
    const path = url.pathname + url.search + url.hash;
    // Resolved once more, as the browser will: `/.//elsewhere` has become `//elsewhere` by now.
    return URL.canParse(path, origin) && new URL(path, origin).href === url.href ? path : null;
}

/** To the sign-in, and back here afterwards. */
export function askToSignIn() {
    const here = location.pathname + location.search + location.hash;
    location.assign(`/?next=${encodeURIComponent(here)}`);
}
