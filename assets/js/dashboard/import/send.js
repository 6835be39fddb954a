// Hands keys to the API.
import { post, query } from '../../api.js';

const DAY_SECS = 86_400;

/** Imports, or only says what would happen; answers with the report. */
export function bring(source, { provider, account, days, weight, cap }, isDry, signal) {
    const values = {
        provider, account: account.trim(), ttl: days === '0' ? '' : Number(days) * DAY_SECS,
        weight, max_concurrency: cap, dry_run: isDry || '',
    };
    const body = source.file ?? new Blob([source.text]);
    return post(`/admin/api-keys/import-from-txt${query(values)}`, body, { signal });
}

/** Has each key asked for first; answers with the job's id. */
export async function check(source, { provider, keepUnclear }) {
    const content = source.file ? await source.file.text() : source.text;
    const { job } = await post('/admin/api-keys/import-with-validation', { content, provider, keep_unclear: keepUnclear });
    return job;
}
