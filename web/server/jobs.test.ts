import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { JobState } from '../contract/job.ts';
import { createJobs, withProgress } from './jobs.ts';

const request = (work: Parameters<ReturnType<typeof createJobs>['start']>[0]['work']) => ({
  study: 'shop',
  title: 'A run of Shop',
  command: 'npx headwaters run shop',
  work,
});

/** Collects a job's states until it has ended. */
const toEnd = (jobs: ReturnType<typeof createJobs>, id: string) =>
  new Promise<JobState[]>((done) => {
    const states: JobState[] = [];
    const unwatch = jobs.watch(id, (state) => {
      states.push(state);
      if (state.state === 'running') return;
      queueMicrotask(() => {
        unwatch();
        done(states);
      });
    });
  });

test('a job reports its steps as they happen, and its end', async () => {
  const jobs = createJobs();
  const { id } = jobs.start(
    request(async ({ onProgress }) => {
      onProgress({ kind: 'began', title: 'Streaming' });
      onProgress({ kind: 'at', title: 'Streaming', detail: '6,400 of 10,000 acknowledged' });
      onProgress({
        kind: 'ended',
        title: 'Streaming',
        detail: '10,000 of 10,000 acknowledged',
        seconds: 0.7,
      });
      return undefined;
    }),
  );

  const states = await toEnd(jobs, id);

  assert.deepEqual(states.at(-1)?.steps, [
    {
      title: 'Streaming',
      state: 'done',
      detail: '10,000 of 10,000 acknowledged',
      done: 10_000,
      of: 10_000,
      seconds: 0.7,
    },
  ]);
  assert.equal(states.at(-1)?.state, 'done');
});

test('one job at a time: a second one is refused with what is under way', async () => {
  const jobs = createJobs();
  const { id } = jobs.start(
    request(
      ({ signal }) =>
        new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason))),
    ),
  );

  assert.throws(() => jobs.start(request(async () => undefined)), {
    status: 409,
    title: 'A run of Shop is under way.',
  });

  jobs.stop(id);
  assert.equal((await toEnd(jobs, id)).at(-1)?.state, 'stopped');
});

test('a job that fails says why', async () => {
  const jobs = createJobs();
  const { id } = jobs.start(request(() => Promise.reject(new Error('The pipeline ended FAILED.'))));

  const end = (await toEnd(jobs, id)).at(-1);

  assert.equal(end?.state, 'failed');
  assert.equal(end?.message, 'The pipeline ended FAILED.');
});

test('a step that failed stays where it was', () => {
  const steps = withProgress(withProgress([], { kind: 'began', title: 'Landing' }), {
    kind: 'failed',
    title: 'Landing',
    detail: '',
    seconds: 1,
  });

  assert.deepEqual(steps, [{ title: 'Landing', state: 'failed', seconds: 1 }]);
});
