// A setting in words.
import { find, number, t } from '../../i18n.js';

const slug = (name) => name.replaceAll('_', '-');

export const title = (name) => find(`setting-${slug(name)}`) ?? name;

export const meaning = ({ name, meaning: english }) => find(`setting-${slug(name)}.meaning`) ?? english;

/** A value of this setting. */
export function shown({ name, range: { type } }, value) {
    if (type === 'boolean') return t(value ? 'settings-on' : 'settings-off');
    if (type === 'integer') return number(value);
    if (type === 'domains') return value.join(', ') || t('settings-none');
    return find(`setting-${slug(name)}-${value}`) ?? String(value);
}

export function range({ range: { type, min, max } }) {
    return type === 'integer' ? ` · ${t('settings-range', { min: number(min), max: number(max) })}` : '';
}
