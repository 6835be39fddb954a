// Hands keys to the API.
import { post, query } from '../../api.js';

const DAY_SECS = 86_400;

/** What all keys of the import have in common, as a query. */
const common = ({ provider, account, days, weight, cap }) => ({
    provider, account: account.trim(), ttl: days === '0' ? '' : Number(days) * DAY_SECS,
    weight, max_concurrency: cap,
});

/** The bytes as they are: the pool knows more encodings than a browser is told of. */
const body = (source) => source.file ?? new Blob([source.text]);

/** Imports, or only says what would happen; answers with the report. */
export function bring(source, options, isDry, signal) {
    const values = { ...common(options), dry_run: isDry || '' };
    return post(`/admin/api-keys/import-from-txt${query(values)}`, body(source), { signal });
}

/** Has each key asked for first; answers with the job's id. */
export async function check(source, options) {
    const values = { ...common(options), keep_unclear: options.keepUnclear || '' };
    const { job } = await post(`/admin/api-keys/import-with-validation${query(values)}`, body(source));
    return job;
}
