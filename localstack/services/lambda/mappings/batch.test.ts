import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  type BatchRules,
  type Discarded,
  failedItems,
  firstFailure,
  type StreamRecord,
  workOff,
} from './batch.ts';

const records = (count: number, arrivedAtMs = 0): StreamRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    sequence: String(100 + index),
    key: 'k',
    arrivedAtMs,
    json: '{}',
    bytes: 2,
    done: false,
  }));

const rules: BatchRules = {
  reportBatchItemFailures: true,
  bisectOnError: false,
  maximumRetryAttempts: -1,
  longestAgeMs: Number.POSITIVE_INFINITY,
};

type Answer = 'ok' | 'error' | 'refused' | { failed: string[] };

/** Works a batch off against a function that answers as `respond` says; tells what happened to the records. */
async function run(
  batch: StreamRecord[],
  settings: Partial<BatchRules>,
  respond: (sequences: string[], call: number) => Answer,
  now: () => number = () => 0,
) {
  const calls: string[][] = [];
  const finished: string[] = [];
  const discarded: Discarded[] = [];
  await workOff(
    batch,
    { ...rules, ...settings },
    {
      async invoke(given) {
        const sequences = given.map(({ sequence }) => sequence);
        const answer = respond(sequences, calls.length);
        calls.push(sequences);
        if (answer === 'refused') throw new Error('throttled');
        const items =
          typeof answer === 'object' ? answer.failed.map((itemIdentifier) => ({ itemIdentifier })) : [];
        return {
          requestId: `r${calls.length}`,
          payload: Buffer.from(JSON.stringify({ batchItemFailures: items })),
          functionError: answer === 'error' ? 'Unhandled' : undefined,
          logTail: '',
        };
      },
      finished: (done) => void finished.push(...done.map(({ sequence }) => sequence)),
      discard: async (what) => void discarded.push(what),
      backOff: async () => {},
      refused: () => {},
      now,
    },
  );
  return { calls, finished, discarded };
}

test('whatever a function answers, every record is finished once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      fc.array(
        fc.oneof(
          fc.constantFrom<Answer>('ok', 'error', 'refused'),
          fc.record({ failed: fc.array(fc.integer({ min: 100, max: 115 }).map(String), { maxLength: 3 }) }),
        ),
        { maxLength: 30 },
      ),
      async (count, bisectOnError, maximumRetryAttempts, answers) => {
        const batch = records(count);

        const { finished, discarded, calls } = await run(
          batch,
          { bisectOnError, maximumRetryAttempts },
          (_, call) => answers[call] ?? 'ok',
        );

        assert.deepEqual(
          finished,
          batch.map(({ sequence }) => sequence),
        );
        const lost = discarded.flatMap((each) => each.records.map(({ sequence }) => sequence));
        assert.equal(new Set(lost).size, lost.length);
        assert.ok(calls.every((call) => call.length > 0));
      },
    ),
  );
});

// https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html: "Splitting batches doesn't consume the retry quota."
test('bisection finds the one poisoned record without a retry to spare', async () => {
  const poisoned = (sequences: string[]): Answer => (sequences.includes('105') ? 'error' : 'ok');

  const { discarded, calls } = await run(
    records(8),
    { bisectOnError: true, maximumRetryAttempts: 0 },
    poisoned,
  );

  assert.deepEqual(
    discarded.map(({ records: lost, condition }) => [lost.map(({ sequence }) => sequence), condition]),
    [[['105'], 'RetryAttemptsExhausted']],
  );
  assert.deepEqual(
    calls.map(({ length }) => length),
    [8, 4, 4, 2, 1, 1, 2],
  );
});

test('with bisection a partial failure splits at the returned record', async () => {
  const { calls, discarded } = await run(
    records(6),
    { bisectOnError: true, maximumRetryAttempts: 0 },
    (_, call) => (call === 0 ? { failed: ['104', '103'] } : 'ok'),
  );

  assert.deepEqual(calls[1], ['103', '104', '105']);
  assert.deepEqual(discarded, []);
});

test('an invocation that could not begin costs no retry', async () => {
  const { finished, discarded } = await run(records(2), { maximumRetryAttempts: 0 }, (_, call) =>
    call < 5 ? 'refused' : 'ok',
  );

  assert.equal(finished.length, 2);
  assert.deepEqual(discarded, []);
});

test('only the records that are too old are discarded', async () => {
  let time = 0;
  const batch = [...records(2, 0), ...records(4, 50).slice(2)];

  const { discarded, calls } = await run(
    batch,
    { longestAgeMs: 100 },
    (_, call) => {
      time += 60;
      return call < 2 ? 'error' : 'ok';
    },
    () => time,
  );

  assert.deepEqual(
    discarded.map(({ records: lost, condition }) => [lost.map(({ sequence }) => sequence), condition]),
    [[['100', '101'], 'RecordAgeExceeded']],
  );
  assert.deepEqual(calls.at(-1), ['102', '103']);
});

// LocalStack's recorded answers: test_kinesis_report_batch_item_success_scenarios and …_failure_scenarios
test('an empty answer is a success, an item without an identifier a failure of the whole batch', () => {
  const batch = records(3);
  const first = (text: string) => firstFailure({ payload: Buffer.from(text) }, batch, true);

  for (const success of [
    '""',
    '[]',
    'null',
    '{}',
    '{"batchItemFailures":[]}',
    '{"batchItemFailures":null}',
  ]) {
    assert.equal(first(success), 3, success);
  }
  for (const item of ['123', '""', 'null', '"not-of-this-batch"']) {
    assert.equal(first(`{"batchItemFailures":[{"itemIdentifier":${item}}]}`), 0, item);
  }
  assert.equal(first('{"batchItemFailures":[{"foo":"101"}]}'), 0);
  assert.equal(first('{"batchItemFailures":[{"itemIdentifier":"102"},{"itemIdentifier":"101"}]}'), 1);
});

test('without ReportBatchItemFailures the answer is not looked at', () => {
  const payload = Buffer.from('{"batchItemFailures":[{"itemIdentifier":"100"}]}');

  assert.equal(firstFailure({ payload }, records(2), false), 2);
  assert.deepEqual(failedItems(payload), ['100']);
});
