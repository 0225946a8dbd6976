/** A signal stops an operation that waits: a query is stopped where it runs. */
import assert from 'node:assert/strict';
import type { AthenaClient } from '@aws-sdk/client-athena';
import { test } from 'vitest';
import { askAthena } from './ask.ts';
import { type Progress, pause, step } from './progress.ts';

test('an aborted question is stopped at Athena too, and ends with the signal’s reason', async () => {
  const sent: string[] = [];
  const controller = new AbortController();
  const athena = {
    async send(command: { constructor: { name: string } }) {
      sent.push(command.constructor.name);
      if (sent.length > 2) controller.abort(new Error('enough'));
      return { QueryExecutionId: 'q1', QueryExecution: { Status: { State: 'RUNNING' } } };
    },
  } as unknown as AthenaClient;

  const asking = askAthena(athena, 'headwaters', 'select 1', { signal: controller.signal });

  await assert.rejects(asking, /enough/);
  assert.equal(sent.at(-1), 'StopQueryExecutionCommand');
});

test('a pause ends at once when its signal does', async () => {
  const controller = new AbortController();
  const pausing = pause(3_600_000, controller.signal);

  controller.abort(new Error('enough'));

  await assert.rejects(pausing, /enough/);
});

test('a step reports its beginning, how far it is, and how it ended', async () => {
  const seen: Progress[] = [];
  const options = { onProgress: (progress: Progress) => void seen.push(progress) };

  await step(options, 'Counting', async (at) => at('two of two'));
  await assert.rejects(step(options, 'Failing', async () => Promise.reject(new Error('no'))));

  assert.deepEqual(
    seen.map(({ kind, ...rest }) => [
      kind,
      'title' in rest ? rest.title : '',
      'detail' in rest ? rest.detail : '',
    ]),
    [
      ['began', 'Counting', ''],
      ['at', 'Counting', 'two of two'],
      ['ended', 'Counting', 'two of two'],
      ['began', 'Failing', ''],
      ['failed', 'Failing', ''],
    ],
  );
});
