// After signing in nobody is led away, however the address is written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { next, ours } from '../../assets/js/session.js';

const HERE = 'https://pool.example';

/** Where a browser goes that is told to go there from a page of ours. */
const arrives = (path) => new URL(path, `${HERE}/`).origin;

test('paths of ours are kept', () => {
    for (const [wanted, path] of [
        ['/user', '/user'],
        ['/user#account', '/user#account'],
        ['/dashboard/keys?status=active&q=%2F%2Fevil', '/dashboard/keys?status=active&q=%2F%2Fevil'],
        ['/a/../user', '/user'],
        ['/./user', '/user'],
        ['/user//x', '/user//x'],
        ['/?next=//evil.example', '/?next=//evil.example'],
    ]) {
        assert.equal(ours(wanted, HERE), path, wanted);
    }
});

const ELSEWHERE = [
    '', 'user', '//evil.example', '/\\evil.example', '\\\\evil.example', '/.//evil.example', '/..//evil.example',
    '/x/..//evil.example', '/./\\evil.example', '/%2e//evil.example', '/%2E%2E//evil.example', '/.///', '/.//',
    '/\t/evil.example', '/\n/evil.example', '/.\t//evil.example', '/.//evil.example:443@pool.example/',
    'https://evil.example', 'https:evil.example', 'javascript:alert(1)', '//pool.example.evil.example', 'data:,x',
];

test('whatever leads elsewhere leads nowhere', () => {
    for (const wanted of ELSEWHERE) assert.equal(ours(wanted, HERE), null, wanted);
});

test('the query of the page decides', () => {
    const at = (search) => {
        globalThis.location = { search, origin: HERE };
        return next('/user');
    };
    assert.equal(at('?next=%2Fdashboard%2Fkeys'), '/dashboard/keys');
    for (const wanted of ELSEWHERE) assert.equal(at(`?next=${encodeURIComponent(wanted)}`), '/user', wanted);
    assert.equal(at('?next=/.//evil'), '/user');
    assert.equal(at(''), '/user');
});

test('random addresses lead here or nowhere', () => {
    const parts = ['/', '/', '\\', '.', '..', '%2e', '%2f', '%5c', ':', '@', '?', '#', 'evil.example', 'x', '\t', '\n', ' ', '\u3002', '\uff0f'];
    let state = 1;
    const below = (n) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * n);
    };
    let kept = 0;
    for (let n = 0; n < 200_000; n += 1) {
        const length = 1 + below(8);
        const wanted = `/${Array.from({ length }, () => parts[below(parts.length)]).join('')}`;
        const path = ours(wanted, HERE);
        if (path === null) continue;
        kept += 1;
        assert.equal(arrives(path), HERE, JSON.stringify(wanted));
    }
    assert.ok(kept > 10_000, `${kept} were ours`);
});
