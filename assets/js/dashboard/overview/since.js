// Figures go on with what events tell, so that they are asked for seldom.
const ALL = 'all';
const OLD_MS = 30_000;

/** What events have told, to begin with. */
export const NOTHING = { requests: 0, success: 0, failure: 0, clientErrors: 0, refused: 0, counts: undefined };

/** What is told after this event of `stats`, too. */
export function add(told, { requests, success, failure, client_errors: clientErrors, refused, providers }) {
    return {
        requests: told.requests + requests, success: told.success + success, failure: told.failure + failure,
        clientErrors: told.clientErrors + clientErrors, refused: told.refused + refused,
        counts: providers,
    };
}

/**
 * How keys stand, of one provider or of all. `counts` by provider know only that a key was taken
 * out; `failed` is how many of those by its failures.
 */
export function keysOf(counts, provider, failed) {
    const some = Object.entries(counts).filter(([id]) => provider === ALL || id === provider);
    const sum = (name) => some.reduce((total, [, count]) => total + count[name], 0);
    const [active, cooling, out, expired] = ['active', 'cooling', 'disabled', 'expired'].map(sum);
    const mine = Math.min(failed, out);
    return { total: active + cooling + out + expired, active, cooling, failed: mine, disabled: out - mine, expired };
}

/** The figures as they are by now. Events don't say which provider the requests were for. */
export function later(figures, told, provider) {
    const counts = isWhole(figures, told.counts) ? told.counts : countsOf(figures.providers);
    const keys = keysOf(counts, provider, figures.totals.failed_keys);
    const providers = figures.providers.map((one) => ({ ...one, keys: counts[one.id] }));
    if (provider !== ALL) return { ...figures, keys, providers };
    const success = figures.day.success + told.success;
    const failure = figures.day.failure + told.failure;
    const day = {
        ...figures.day, requests: figures.day.requests + told.requests, success, failure,
        client_errors: figures.day.client_errors + told.clientErrors, refused: figures.day.refused + told.refused,
        success_rate: success + failure ? (100 * success) / (success + failure) : 0,
    };
    const totals = { ...figures.totals, requests_today: figures.totals.requests_today + told.requests };
    return { ...figures, keys, providers, day, totals };
}

/**
 * Whether the figures must be asked for anew: a job begins or ends, keys were taken out or let in,
 * of which events don't say why, or there were requests and the figures are old.
 */
export function isStale(figures, { type, data }, provider, now) {
    if (!figures) return false;
    if (type === 'job') return figures.jobs.find(({ id }) => id === data.id)?.status !== data.status;
    if (data.requests && now - figures.at >= OLD_MS) return true;
    if (!isWhole(figures, data.providers)) return false;
    const out = (counts) => {
        const { failed, disabled } = keysOf(counts, provider, 0);
        return failed + disabled;
    };
    return out(data.providers) !== out(countsOf(figures.providers));
}

const countsOf = (providers) => Object.fromEntries(providers.map(({ id, keys }) => [id, keys]));

/** Events may leave a provider out that can't answer. */
const isWhole = ({ providers }, counts) => Boolean(counts) && providers.every(({ id }) => counts[id]);
