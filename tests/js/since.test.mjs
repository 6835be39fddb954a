// The overview goes on with what events tell, and asks anew when they can't tell.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { add, isStale, keysOf, later, NOTHING } from '../../assets/js/dashboard/overview/since.js';

const keys = (active, cooling, disabled, expired) => ({ active, cooling, disabled, expired });
const FIGURES = {
    at: 1_000,
    totals: { requests_today: 10, failed_keys: 2 },
    day: { requests: 20, success: 9, failure: 1, client_errors: 4, refused: 6, success_rate: 90, attempts: 25 },
    providers: [{ id: 'a', keys: keys(5, 1, 3, 0) }, { id: 'b', keys: keys(2, 0, 0, 1) }],
    jobs: [{ id: 'j', status: 'running' }],
};
const event = (requests, providers = { a: keys(5, 1, 3, 0), b: keys(2, 0, 0, 1) }) => ({
    type: 'stats', data: { requests, success: requests, failure: 0, client_errors: 0, refused: 0, providers },
});
const job = (id, status) => ({ type: 'job', data: { id, status } });

test('keys are those of the provider, and none is counted twice', () => {
    const counts = { a: keys(5, 1, 3, 0), b: keys(2, 0, 0, 1) };
    assert.deepEqual(keysOf(counts, 'all', 2), { total: 12, active: 7, cooling: 1, failed: 2, disabled: 1, expired: 1 });
    assert.deepEqual(keysOf(counts, 'b', 0), { total: 3, active: 2, cooling: 0, failed: 0, disabled: 0, expired: 1 });
    assert.equal(keysOf(counts, 'a', 9).failed, 3, 'no more have failed than are out');
});

test('requests are added up', () => {
    const told = [event(4), event(6)].reduce((told, { data }) => add(told, data), NOTHING);
    const { totals, day } = later(FIGURES, told, 'all');
    assert.deepEqual([totals.requests_today, day.requests, day.success, day.success_rate], [20, 30, 19, 95]);
    const more = later(FIGURES, add(told, { ...event(3).data, success: 0, client_errors: 1, refused: 2 }), 'all').day;
    assert.deepEqual([more.requests, more.client_errors, more.refused, more.success_rate], [33, 5, 8, 95], 'neither is a failure');
    assert.equal(later(FIGURES, told, 'a').day.requests, 20, 'of which provider they were is not told');
});

test('keys are as the last event says', () => {
    const { keys: now, providers } = later(FIGURES, add(NOTHING, event(0, { a: keys(4, 2, 3, 0), b: keys(2, 0, 0, 1) }).data), 'all');
    assert.deepEqual([now.active, now.cooling, providers[0].keys.cooling], [6, 2, 2]);
    assert.equal(later(FIGURES, add(NOTHING, event(0, { b: keys(0, 0, 0, 0) }).data), 'all').keys.active, 7, 'half an event says nothing');
});

test('without events they are as they were loaded', () => {
    assert.equal(later(FIGURES, NOTHING, 'all').keys.total, 12);
});

test('requests make them stale after half a minute', () => {
    assert.ok(!isStale(FIGURES, event(5), 'all', 30_999));
    assert.ok(isStale(FIGURES, event(5), 'all', 31_000));
    assert.ok(!isStale(FIGURES, event(0), 'all', 99_000), 'nothing has happened');
    assert.ok(!isStale(undefined, event(5), 'all', 99_000), 'they are on their way');
});

test('a key that is taken out makes them stale, one that cools does not', () => {
    const out = { a: keys(4, 1, 4, 0), b: keys(2, 0, 0, 1) };
    assert.ok(isStale(FIGURES, event(0, out), 'all', 1_000));
    assert.ok(!isStale(FIGURES, event(0, out), 'b', 1_000), 'another provider is shown');
    assert.ok(!isStale(FIGURES, event(0, { a: keys(4, 2, 3, 0), b: keys(2, 0, 0, 1) }), 'all', 1_000));
    assert.ok(!isStale(FIGURES, event(0, { b: keys(2, 0, 0, 1) }), 'all', 1_000));
});

test('jobs that begin or end make them stale, not their progress', () => {
    assert.ok(!isStale(FIGURES, job('j', 'running'), 'all', 1_000));
    assert.ok(isStale(FIGURES, job('j', 'done'), 'all', 1_000));
    assert.ok(isStale(FIGURES, job('new', 'running'), 'all', 1_000));
});
