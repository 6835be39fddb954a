// Copies what browsers use out of node_modules into assets/vendor, where the server serves it.
// Browsers load the modules as they are, so a bare `from "preact"` becomes a path.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PurgeCSS } from 'purgecss';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vendor = join(root, 'assets', 'vendor');

const files = {
    'preact.js': 'preact/dist/preact.mjs',
    'hooks.js': 'preact/hooks/dist/hooks.mjs',
    'htm.js': 'htm/dist/htm.module.js',
    'uqr.js': 'uqr/dist/index.mjs',
    'uplot.css': 'uplot/dist/uPlot.min.css',
};
for (const name of ['index', 'bundle', 'resolver', 'scope', 'types', 'builtins', 'memoizer', 'resource']) {
    files[`fluent/${name}.js`] = `@fluent/bundle/esm/${name}.js`;
}

const read = (path) => readFile(join(root, path), 'utf8');

await rm(vendor, { recursive: true, force: true });
for (const [to, from] of Object.entries(files)) {
    await put(to, rewritten(await read(join('node_modules', from))));
}
await put('tabler.css', await styles());
// The package's module isn't minified; its script is.
await put('uplot.js', `${await read('node_modules/uplot/dist/uPlot.iife.min.js')}\nexport default uPlot;`);
await put('icons.svg', await sprite());

// Without maps of sources, which are not copied.
function rewritten(text) {
    return text
        .replaceAll(/\bfrom\s*"preact"/g, 'from"./preact.js"')
        .replaceAll(/\n?(\/\/|\/\*)# sourceMappingURL=\S+( \*\/)?/g, '');
}

// Of Tabler what the pages use, a tenth of it: browsers show nothing before they have it. Classes
// that are put together in modules are named here.
async function styles() {
    const content = ['templates/**/*.html', 'assets/js/**/*.js', 'assets/css/*.css'].map((glob) => join(root, glob));
    const css = [{ raw: rewritten(await read('node_modules/@tabler/core/dist/css/tabler.min.css')) }];
    const safelist = { standard: [/^btn-/, /^is-/], greedy: [/data-bs-theme/] };
    const [{ css: used }] = await new PurgeCSS().purge({ content, css, safelist, variables: true });
    return used;
}

async function sprite() {
    const names = (await read('assets/icons.txt')).split('\n').filter(Boolean);
    const symbols = await Promise.all(names.map(symbol));
    return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

async function symbol(name) {
    const svg = await read(`node_modules/@tabler/icons/icons/outline/${name}.svg`);
    const inside = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inside.replaceAll(/\s*\n\s*/g, '')}</symbol>`;
}

async function put(name, text) {
    const to = join(vendor, name);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, text);
}
