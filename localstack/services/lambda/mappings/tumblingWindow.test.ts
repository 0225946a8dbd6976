import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { StreamRecord } from './batch.ts';
import { createTumblingWindows, LARGEST_STATE, type OpenWindow, type WindowEvent } from './tumblingWindow.ts';

const record = (arrivedAtMs: number): StreamRecord => ({
  sequence: String(arrivedAtMs),
  key: 'k',
  arrivedAtMs,
  json: '{}',
  bytes: 2,
  done: false,
});

function windows(restored?: OpenWindow) {
  const finals: WindowEvent[] = [];
  const tumbling = createTumblingWindows(60, restored, async (event) => void finals.push(event));
  const answer = (body: unknown) =>
    tumbling.accept({ requestId: 'r', payload: Buffer.from(JSON.stringify(body)), logTail: '' });
  return { finals, tumbling, answer };
}

// https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html
test('a batch is cut where a window ends', () => {
  const runs = windows().tumbling.split([1, 59_999, 60_000, 120_000, 179_999].map(record));

  assert.deepEqual(
    runs.map((run) => run.map(({ arrivedAtMs }) => arrivedAtMs)),
    [[1, 59_999], [60_000], [120_000, 179_999]],
  );
});

test('an answer without a state is a failure, and leaves the state as it was', async () => {
  const { tumbling, answer } = windows({ startMs: 0, state: { n: 1 } });
  await tumbling.enter([record(5)]);

  const refused = answer({ batchItemFailures: [] });

  assert.equal(refused.functionError, 'Unhandled');
  assert.deepEqual(tumbling.event().state, { n: 1 });
});

test('a state that grows over 1 MB ends its window early', async () => {
  const { tumbling, answer, finals } = windows();
  await tumbling.enter([record(5)]);
  answer({ state: 'x'.repeat(LARGEST_STATE) });

  await tumbling.closeIfTooLarge();
  await tumbling.enter([record(6)]);

  assert.deepEqual(
    finals.map(({ isFinalInvokeForWindow, isWindowTerminatedEarly }) => [
      isFinalInvokeForWindow,
      isWindowTerminatedEarly,
    ]),
    [[true, true]],
  );
  assert.deepEqual(tumbling.event().state, {});
});

test('a window that could not be handed in stays open', async () => {
  const tumbling = createTumblingWindows(60, { startMs: 0, state: 1 }, () =>
    Promise.reject(new Error('stopped')),
  );

  await assert.rejects(tumbling.enter([record(60_000)]), /stopped/);

  assert.deepEqual(tumbling.current(), { startMs: 0, state: 1 });
});
