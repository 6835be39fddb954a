// A path covers the dark squares, each once, and nothing else.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outline } from '../../assets/js/user/squares.js';

/** What the path covers: how often each square. */
function painted(path, width, height) {
    const squares = Array.from({ length: height }, () => Array(width).fill(0));
    const bars = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)];
    assert.equal(bars.map(([bar]) => bar).join(''), path);
    for (const [x, y, length] of bars.map((bar) => bar.slice(1).map(Number))) {
        for (let at = x; at < x + length; at++) squares[y][at] += 1;
    }
    return squares;
}

test('every row of eight squares', () => {
    const rows = Array.from({ length: 256 }, (_, bits) => Array.from({ length: 8 }, (_, x) => Boolean(bits & (1 << x))));
    assert.deepEqual(painted(outline(rows), 8, 256), rows.map((row) => row.map(Number)));
});

test('nothing dark, no path', () => {
    assert.equal(outline([[false, false], [false, false]]), '');
});
