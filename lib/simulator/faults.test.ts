/** What the faults promise: labels that tell the truth, and intact events that are exactly the undamaged ones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deliver, intact } from './faults.ts';
import { createRandom } from './random.ts';
import type { SimulatedEvent } from './simulation.ts';

const now = Date.UTC(2026, 0, 31);
const makeEvents = (count: number): SimulatedEvent[] =>
  Array.from({ length: count }, (_, i) => ({
    source: 'orders',
    id: `e${i}`,
    time: now - (count - i) * 1000,
    subject: `o${i % 7}`,
    data: { order_id: `o${i % 7}`, units: i },
  }));

test('every event is delivered exactly once, except that duplicates come twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer(), (count, seed) => {
      const events = makeEvents(count);

      const deliveries = deliver(
        'amazon',
        events,
        { duplicates: 0.2, late: 0.2, malformed: 0.2, drift: 0.1, unknown: 0.1 },
        { now, random: createRandom(seed) },
      );

      const originals = deliveries.filter(({ label }) => label !== 'duplicate').map(({ event }) => event.id);
      assert.deepEqual(originals.sort(), events.map(({ id }) => id).sort());
      assert.ok(deliveries.every(({ sentAt }, i) => i === 0 || sentAt >= deliveries[i - 1]!.sentAt));
      assert.ok(deliveries.every(({ sentAt, event }) => sentAt >= event.time && sentAt <= now));
    }),
  );
});

test('a malformed record is no JSON, and every other one is', () => {
  const deliveries = deliver(
    'amazon',
    makeEvents(400),
    { malformed: 0.3, drift: 0.3, unknown: 0.3 },
    { now, random: createRandom(3) },
  );

  for (const { bytes, label } of deliveries) {
    if (label === 'malformed') assert.throws(() => JSON.parse(bytes));
    else assert.doesNotThrow(() => JSON.parse(bytes));
  }
});

test('what is intact leaves out damaged events and counts a duplicated one once', () => {
  const deliveries = deliver(
    'amazon',
    makeEvents(500),
    { duplicates: 0.3, malformed: 0.3, drift: 0.2 },
    { now, random: createRandom(4) },
  );

  const kept = intact(deliveries);

  const damaged = deliveries.filter(({ label }) => label === 'malformed' || label === 'drift').length;
  assert.equal(kept.length, 500 - damaged);
  assert.equal(new Set(kept.map(({ id }) => id)).size, kept.length);
});

test('rates that are no shares are refused with their value', () => {
  assert.throws(
    () => deliver('amazon', [], { late: 0.7, malformed: 0.6 }, { now, random: createRandom(1) }),
    /add up to at most 1.*0\.6/,
  );
});
