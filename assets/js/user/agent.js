// What a browser calls itself, in two words.
const BROWSERS = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari'], ['curl/', 'curl']];
const SYSTEMS = [['Windows', 'Windows'], ['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']];

/** `Firefox, Linux`; the name itself where it is no browser's, nothing where there is none. */
export function program(agent) {
    const known = (list) => list.find(([mark]) => agent.includes(mark))?.[1];
    const parts = [known(BROWSERS), known(SYSTEMS)].filter(Boolean);
    return parts.join(', ') || agent.split('/')[0] || undefined;
}
