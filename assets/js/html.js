// Preact and htm under one name: `html` makes elements from a template. What is put into one is
// text, never markup.
import { Component, Fragment, createContext, h, render } from '../vendor/preact.js';
import { useState } from '../vendor/hooks.js';
import htm from '../vendor/htm.js';

export { Component, Fragment, createContext, h, render };
export * from '../vendor/hooks.js';

export const html = htm.bind(h);

let ids = 0;

/** An id for an element. Preact's own begins anew in each root, as a dialog over the page has one: then labels name another field. */
export function useId() {
    return useState(() => `id-${++ids}`)[0];
}
