/** Putting events: requests of the allowed size, only what was left out again, and a fate for every entry. */
import assert from 'node:assert/strict';
import type { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { test } from 'vitest';
import { MAX_REQUEST_BYTES, type Putting, putEntries, requestsOf, type StreamEntry } from './kinesis.ts';

const entry = (text: string): StreamEntry => ({ partitionKey: 'p', bytes: Buffer.from(text) });

/** A stream that answers each record by `answer(text, attempt)`. */
function answeringStream(answer: (text: string, attempt: number) => object) {
  const attempts: string[][] = [];
  const pauses: number[] = [];
  const putting: Putting = {
    streamName: 'events',
    sleep: async (ms) => {
      pauses.push(ms);
    },
    kinesis: {
      send: async (command: PutRecordsCommand) => {
        const texts = (command.input.Records ?? []).map(({ Data }) => Buffer.from(Data!).toString());
        attempts.push(texts);
        return { Records: texts.map((text) => answer(text, attempts.length)) };
      },
    } as unknown as Putting['kinesis'],
  };
  return { putting, attempts, pauses };
}

const stored = (text: string) => ({ ShardId: 'shardId-0', SequenceNumber: text });
const throttled = { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'Rate exceeded' };

test('Only the records that the stream left out are put again', async () => {
  const { putting, attempts, pauses } = answeringStream((text, attempt) =>
    text === 'b' && attempt === 1 ? throttled : stored(text),
  );

  const outcomes = await putEntries(putting, [entry('a'), entry('b'), entry('c')]);

  assert.deepEqual(attempts, [['a', 'b', 'c'], ['b']]);
  assert.deepEqual(
    outcomes.map((outcome) => outcome.stored && outcome.sequenceNumber),
    ['a', 'b', 'c'],
  );
  assert.equal(pauses.length, 1);
});

test('A record that is never stored is answered with the stream’s reason', async () => {
  const { putting, attempts } = answeringStream((text) => (text === 'b' ? throttled : stored(text)));

  const outcomes = await putEntries(putting, [entry('a'), entry('b')]);

  assert.equal(attempts.length, 5);
  assert.deepEqual(outcomes[1], { stored: false, code: throttled.ErrorCode, message: 'Rate exceeded' });
});

test('A request that fails as a whole leaves none of its records without an answer', async () => {
  const { putting } = answeringStream(() => {
    throw new Error('socket hang up');
  });

  const outcomes = await putEntries(putting, [entry('a')]);

  assert.deepEqual(outcomes, [{ stored: false, code: 'Error', message: 'socket hang up' }]);
});

test('A request carries at most 500 records and 5 MiB', () => {
  const small = Array.from({ length: 1001 }, () => entry('x'));
  const large = Array.from({ length: 6 }, () => entry('x'.repeat(1_000_000)));

  assert.deepEqual(
    requestsOf(small).map((request) => request.length),
    [500, 500, 1],
  );
  assert.deepEqual(
    requestsOf(large).map((request) => request.length),
    [5, 1],
  );
  assert.ok(5 * 1_000_001 <= MAX_REQUEST_BYTES);
});
