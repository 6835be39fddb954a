// Events come out the same however their bytes were cut.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events } from '../../assets/js/sse.js';

const bytes = (text) => new TextEncoder().encode(text);

async function read(...pieces) {
    const found = [];
    const stream = new ReadableStream({
        start: (controller) => {
            pieces.forEach((piece) => controller.enqueue(piece));
            controller.close();
        },
    });
    for await (const data of events(stream)) found.push(data);
    return found;
}

const STREAM = [
    ': a comment\n\n',
    'data: {"text":"世界 👋🏽"}\n\n',
    'data: two\r\ndata: lines\r\n\r\n',
    'event: x\rdata:bare\r\r',
    'data:\n\n',
    'data: [DONE]\n\n',
    'data: cut off',
].join('');
const EXPECTED = ['{"text":"世界 👋🏽"}', 'two\nlines', 'bare', '', '[DONE]'];

test('a stream in one piece', async () => {
    assert.deepEqual(await read(bytes(STREAM)), EXPECTED);
});

test('cut once, anywhere', async () => {
    const whole = bytes(STREAM);
    for (let at = 0; at <= whole.length; at++) {
        assert.deepEqual(await read(whole.slice(0, at), whole.slice(at)), EXPECTED, `cut at ${at}`);
    }
});

test('byte by byte', async () => {
    assert.deepEqual(await read(...Array.from(bytes(STREAM), (byte) => Uint8Array.of(byte))), EXPECTED);
});

test('whoever stops reading closes the stream', async () => {
    let closed = false;
    const endless = new ReadableStream({
        pull: (controller) => controller.enqueue(bytes('data: more\n\n')),
        cancel: () => { closed = true; },
    });
    for await (const data of events(endless)) {
        assert.equal(data, 'more');
        break;
    }
    assert.ok(closed);
});
