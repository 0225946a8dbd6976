/** How long idle processes are kept. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test, vi } from 'vitest';
import type { Instance } from './instance.ts';
import { createPool } from './pool.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function instanceOf(maxMemoryMb: number) {
  let alive = true;
  return {
    logStream: '',
    maxMemoryMb,
    alive: () => alive,
    run: () => Promise.reject(new Error('It is only kept.')),
    kill() {
      alive = false;
    },
  } satisfies Instance;
}

test('an idle process is kept for two minutes, one that has grown large for ten seconds', async () => {
  const [small, large] = [instanceOf(80), instanceOf(400)];
  const kept = [small, large].map((instance) => createPool(() => instance));
  for (const pool of kept) pool.release(await pool.acquire());

  const alive = [9, 2, 108, 2].map((seconds) => {
    vi.advanceTimersByTime(seconds * 1000);
    return [small.alive(), large.alive()];
  });

  assert.deepEqual(alive, [
    [true, true],
    [true, false],
    [true, false],
    [false, false],
  ]);
});

test('a large process that is used again within its time stays', async () => {
  const large = instanceOf(400);
  const pool = createPool(() => large);
  pool.release(await pool.acquire());
  vi.advanceTimersByTime(9000);

  const again = await pool.acquire();
  vi.advanceTimersByTime(60_000);

  assert.equal(again, large);
  assert.equal(large.alive(), true);
});
