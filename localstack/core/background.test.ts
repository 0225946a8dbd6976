/** Background work may fail: it is logged, and neither the process nor the next piece of work ends with it. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { guardedClock, inBackground } from './background.ts';
import { manualClock } from './clock.ts';
import { createNotices } from './notices.ts';

test('a timer whose callback throws or rejects is logged, and the timers after it fire', async () => {
  const lines: string[] = [];
  const clock = guardedClock(manualClock(), (line) => lines.push(line));
  let fired = false;
  clock.after(1, () => {
    throw new Error('at once');
  });
  clock.after(2, (() => Promise.reject(new Error('later'))) as () => void);
  clock.after(3, () => {
    fired = true;
  });

  await clock.advance(5);

  assert.ok(fired);
  assert.match(
    lines.join('\n'),
    /A timer's work failed: Error: at once.*A timer's work failed: Error: later/s,
  );
});

test('a listener that fails takes nothing from the other listeners, nor from whoever gives the notice', () => {
  const lines: string[] = [];
  const heard: unknown[] = [];
  const notices = createNotices((line) => lines.push(line));
  notices.on('topic', () => {
    throw new Error('deaf');
  });
  notices.on('topic', (detail) => heard.push(detail));

  notices.emit('topic', 1);

  assert.deepEqual(heard, [1]);
});

test('work in the background starts at once and never rejects', async () => {
  const lines: string[] = [];
  let started = false;

  const done = inBackground(
    (line) => lines.push(line),
    'Sweeping',
    async () => {
      started = true;
      throw new Error('no broom');
    },
  );

  assert.ok(started);
  await done;
  assert.match(lines[0] ?? '', /^Sweeping failed: Error: no broom/);
});
