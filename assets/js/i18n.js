// Texts in the language that the server chose for this page: `t('key')`, `t('key.attribute')`,
// `t('key', { count })`. They are in `locales/{en,zh-CN}/*.ftl`.
import { FluentBundle, FluentResource } from '../vendor/fluent/index.js';

export const language = document.documentElement.lang;

/** Each language by its own name. */
export const languages = { en: 'English', 'zh-CN': '简体中文' };

const bundle = new FluentBundle(language, { useIsolating: false });

/** Loads these files of texts, and those that every page needs. */
export async function load(...names) {
    const sources = await Promise.all(['common', ...names].map(source));
    sources.forEach((text) => bundle.addResource(new FluentResource(text)));
}

async function source(name) {
    const answer = await fetch(new URL(`../locales/${language}/${name}.ftl`, import.meta.url));
    if (!answer.ok) throw new Error(`no texts: ${name}`);
    return answer.text();
}

export function t(key, args) {
    return find(key, args) ?? key;
}

/** The text, or nothing where there is none. */
export function find(key, args) {
    const [id, attribute] = key.split('.');
    const message = bundle.getMessage(id);
    const pattern = attribute ? message?.attributes[attribute] : message?.value;
    return pattern ? bundle.formatPattern(pattern, args, []) : undefined;
}

/** Remembers the language for a year, and shows the page in it. */
export function speak(tag) {
    document.cookie = `pool_language=${tag}; path=/; max-age=31536000; samesite=lax`;
    location.reload();
}

const whole = new Intl.NumberFormat(language);
const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
const short = new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 });

/** 48,211 */
export const number = (value) => whole.format(value ?? 0);

/** 48.2K, where there is little room. */
export const compact = (value) => (Math.abs(value ?? 0) < 10_000 ? number(value) : short.format(value));

/** 98.1 % of a hundred. */
export const percent = (value) => share.format((value ?? 0) / 100);
