/** The HTTP API: an answer per event, nothing accepted that was not stored, payloads untouched. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import type { PutOutcome, StreamEntry } from '../shared/kinesis.ts';
import { orderEvent, smallStudy } from '../shared/smallStudy.fixture.ts';
import { answerRequest, createGate } from './logic.ts';
import { splitEvents } from './splitEvents.ts';

const gate = createGate(smallStudy);
const judge = (text: string) => gate(text, Date.UTC(2024, 11, 1, 12));
const good = (id: string) => orderEvent(id, { order_id: id, amount: 1 });
const bad = orderEvent('bad', { order_id: 'bad', amount: -1 });

function storing(
  outcome: (entry: StreamEntry, index: number) => PutOutcome = (_entry, index) => kept(index),
) {
  const put: StreamEntry[] = [];
  return {
    put,
    putAll: async (entries: readonly StreamEntry[]) => {
      put.push(...entries);
      return entries.map(outcome);
    },
  };
}
const kept = (index: number): PutOutcome => ({
  stored: true,
  shard: 'shardId-0',
  sequenceNumber: String(index),
});
const lost: PutOutcome = {
  stored: false,
  code: 'ProvisionedThroughputExceededException',
  message: 'Rate exceeded',
};

test('A request of good events is answered 200 with shard and sequence number of each', async () => {
  const { putAll } = storing();

  const answer = await answerRequest(`[${good('a')}, ${good('b')}]`, judge, putAll);

  assert.deepEqual(answer, {
    status: 200,
    accepted: 2,
    results: [
      { status: 200, shard: 'shardId-0', sequenceNumber: '0' },
      { status: 200, shard: 'shardId-0', sequenceNumber: '1' },
    ],
  });
});

test('A mixed request is answered 207: the refused event names its rule and is not sent', async () => {
  const { putAll, put } = storing();

  const answer = await answerRequest(`${bad}\n${good('b')}`, judge, putAll);

  assert.equal(answer.status, 207);
  assert.equal(put.length, 1);
  assert.deepEqual(
    answer.results.map((result) => ('rule' in result ? [result.rule, result.path] : result.sequenceNumber)),
    [['minimum', '/amount'], '0'],
  );
});

test('A request without a good event is answered 400', async () => {
  const { putAll } = storing();

  const statuses = await Promise.all(
    [bad, 'not json', '', '[]', orderEvent('x', {}, { type: 'shop.unknown' })].map(
      async (body) => (await answerRequest(body, judge, putAll)).status,
    ),
  );

  assert.deepEqual(statuses, [400, 400, 400, 400, 400]);
});

test('What the stream did not store is answered 503, never accepted', async () => {
  const { putAll } = storing(() => lost);

  const answer = await answerRequest(good('a'), judge, putAll);

  assert.equal(answer.status, 503);
  assert.equal(answer.accepted, 0);
  assert.match(JSON.stringify(answer.results[0]), /not-stored.*Rate exceeded/);
});

test('An event is stored byte for byte: big numbers and their spelling survive', async () => {
  const { putAll, put } = storing();
  const exact =
    '{"specversion":"1.0","id":"a","source":"s","type":"shop.orders","data":{"order_id":"a","amount":1.10,"n":12345678901234567890}}';

  await answerRequest(`[ ${exact} ]`, judge, putAll);

  assert.equal(Buffer.from(put[0]!.bytes).toString(), exact);
  assert.equal(put[0]!.partitionKey, 'a');
});

test('An array is cut into exactly its elements', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
      assert.deepEqual(
        splitEvents(JSON.stringify(values)).map((text) => JSON.parse(text)),
        JSON.parse(JSON.stringify(values)),
      );
    }),
    { numRuns: 200 },
  );
});
