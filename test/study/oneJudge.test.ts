/** The HTTP API, the bronze writer and the live views agree on every event. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { createGate } from '../../lambdas/ingest-api/logic.ts';
import { orderEvent, smallStudy } from '../../lambdas/shared/smallStudy.fixture.ts';
import { compileViews } from '../../lib/model/live/fold.ts';
import { parseLive } from '../../lib/model/live/parse.ts';
import { createRecordMaker } from '../../lib/model/run/bronzeRecord.ts';

const gate = createGate(smallStudy);
const toLine = createRecordMaker(smallStudy);
const liveFiles = smallStudy.sources.map(({ name }) => ({
  file: `${name}.yaml`,
  name,
  text: `{title: T, source: ${name}, window: {size: 1m}, measures: [{name: n, function: count}]}`,
}));
const { views, take } = compileViews({ ...smallStudy, live: parseLive(liveFiles, smallStudy.sources).views });

const order = { order_id: 'a', amount: 1 };
const events = {
  'a valid event': orderEvent('a', order),
  'an event of a source that usually arrives by file': orderEvent(
    'c',
    { customer_id: 7, name: 'Ada' },
    { type: 'shop.customers' },
  ),
  'an event that its contract refuses': orderEvent('a', { ...order, amount: -1 }),
  'an event with a decimal that silver cannot hold': orderEvent('a', { ...order, amount: 1e17 }),
  'an event of the year 1': orderEvent('a', order, { time: '0001-01-01T00:00:00Z' }),
  'an event of the far future': orderEvent('a', order, { time: '2999-01-01T00:00:00Z' }),
  'an event whose id holds half of a character': orderEvent('\ud83d', order),
  'an event of a file source that its contract refuses': orderEvent('c', {}, { type: 'shop.customers' }),
  'an event of an unknown type': orderEvent('a', order, { type: 'shop.parcels' }),
  'an event without an id': orderEvent('', order),
  'bytes that are not JSON': 'poison',
};

for (const [what, text] of Object.entries(events))
  test(`${what} is judged alike by the HTTP API, in bronze and in the live views`, () => {
    const arrivedAtMs = Date.UTC(2024, 11, 1, 12);
    const answer = gate(text, arrivedAtMs);
    const { line } = toLine({
      stream: 'events',
      shard: 's',
      sequenceNumber: '1',
      arrivedAtMs,
      bytes: Buffer.from(text),
    });
    const taken = take({ bytes: Buffer.from(text), arrivedAtMs, sequence: '1' }, 's');

    const refusal = 'refusal' in answer && answer.refusal.status === 400 ? answer.refusal : undefined;
    assert.deepEqual(
      [line.verdict, line.rule, line.rule_path],
      refusal ? ['refused', refusal.rule, refusal.path] : ['valid', undefined, undefined],
    );
    const expected = line.verdict === 'valid' ? 'event' : 'refused';
    // What names no source is in no view.
    assert.deepEqual(
      taken.map(([place, { kind }]) => [views[place]!.source, kind]),
      line.source ? [[line.source, expected]] : [],
    );
  });
