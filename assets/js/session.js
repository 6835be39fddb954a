// Who is at this browser. The session itself is in a cookie that scripts can't read; what is kept
// here only spares questions whose answer would be 401. An administrator's token is kept until the
// tab is closed, and goes nowhere but into the header of admin requests.
const HINT = 'pool.signed_in';
const TOKEN = 'pool.admin_token';

export const adminToken = () => sessionStorage.getItem(TOKEN);

export function keepAdminToken(token) {
    sessionStorage.setItem(TOKEN, token);
}

export function forgetAdminToken() {
    sessionStorage.removeItem(TOKEN);
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
    const url = URL.canParse(wanted, location.origin) ? new URL(wanted, location.origin) : null;
    const ours = wanted.startsWith('/') && url?.origin === location.origin;
    return ours ? url.pathname + url.search + url.hash : otherwise;
}

/** To the sign-in, and back here afterwards. */
export function askToSignIn() {
    const here = location.pathname + location.search + location.hash;
    location.assign(`/?next=${encodeURIComponent(here)}`);
}
