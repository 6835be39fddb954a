// Preact and htm under one name: `html` makes elements from a template. What is put into one is
// text, never markup.
import { Component, Fragment, createContext, h, render } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export { Component, Fragment, createContext, h, render };
export * from '../vendor/hooks.js';

export const html = htm.bind(h);
