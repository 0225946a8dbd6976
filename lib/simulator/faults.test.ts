/** Faults keep their promises: labels that tell the truth, and intact events that are exactly the undamaged ones. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { deliver, type EventStudy, intact } from './faults.ts';
import { createRandom } from './random.ts';
import type { SimulatedEvent } from './simulation.ts';

const shop = {
  name: 'shop',
  sources: [{ name: 'orders', eventType: 'com.shop.order', partitionKey: 'order_id' }],
} as unknown as EventStudy;
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
        shop,
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

test('a malformed record is not JSON, and every other one is', () => {
  const deliveries = deliver(
    shop,
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
    shop,
    makeEvents(500),
    { duplicates: 0.3, malformed: 0.3, drift: 0.2 },
    { now, random: createRandom(4) },
  );

  const kept = intact(deliveries);

  const damaged = deliveries.filter(({ label }) => label === 'malformed' || label === 'drift').length;
  assert.equal(kept.length, 500 - damaged);
  assert.equal(new Set(kept.map(({ id }) => id)).size, kept.length);
});

test('rates that are not shares are refused with their value', () => {
  assert.throws(
    () => deliver(shop, [], { late: 0.7, malformed: 0.6 }, { now, random: createRandom(1) }),
    /add up to at most 1.*0\.6/,
  );
});

test('type and partition key are those of the contract, and a source that takes no events is refused by its name', () => {
  const [event] = makeEvents(1);
  const send = (one: SimulatedEvent, rates = {}) =>
    deliver(shop, [one], rates, { now, random: createRandom(1) });

  const [sent] = send(event!);
  const [unknown] = send(event!, { unknown: 1 });

  assert.equal(JSON.parse(sent!.bytes).type, 'com.shop.order');
  assert.equal(sent!.partitionKey, event!.data.order_id);
  assert.equal(JSON.parse(unknown!.bytes).type, 'com.shop.order_v0');
  assert.throws(
    () => send({ ...event!, source: 'customers' }),
    /'customers', which is not a source with an eventType. Those are: orders\./,
  );
});
