// How the dashboard writes things.
import { t } from '../i18n.js';

/** 850 ms, 1.3 s, 2 min; nothing known is a dash. */
export function duration(ms) {
    if (ms === null || ms === undefined) return '–';
    if (ms < 1000) return t('dash-ms', { count: ms });
    const secs = ms / 1000;
    return secs < 120 ? t('dash-secs', { count: secs < 10 ? secs.toFixed(1) : Math.round(secs) }) : t('dash-mins', { count: Math.round(secs / 60) });
}
