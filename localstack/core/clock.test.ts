/** Time that is moved instead of waited for. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { manualClock, systemClock } from './clock.ts';

for (const [name, make] of Object.entries({ manual: () => manualClock(), system: () => systemClock() })) {
  test(`the ${name} clock fires what falls due in order of time, each at its own time`, async () => {
    const clock = make();
    const start = clock.now();
    const fired: [string, number][] = [];
    const note = (what: string) => () => fired.push([what, Math.round((clock.now() - start) / 60_000)]);
    clock.after(120_000, note('second'));
    clock.after(60_000, () => {
      note('first')();
      clock.after(30_000, note('made by the first'));
    });
    const cancel = clock.after(90_000, note('cancelled'));
    cancel();
    clock.after(40 * 86_400_000, note('far away'));

    await clock.advance(180_000);

    assert.deepEqual(
      fired.map(([what]) => what),
      ['first', 'made by the first', 'second'],
    );
    assert.deepEqual(
      fired.map(([, minutes]) => minutes),
      [1, 2, 2],
    );
  });
}

test('the system clock hands over its offset to be kept, and a new one begins with it', async () => {
  let kept = 0;
  const clock = systemClock(1000, (offset) => {
    kept = offset;
  });

  await clock.advance(5000);
  const next = systemClock(kept);

  assert.ok(kept >= 6000, `${kept}`);
  assert.ok(next.now() >= Date.now() + 5900);
});

for (const [name, make] of [
  ['system', () => systemClock(1000)],
  ['manual', () => manualClock(0)],
] as const)
  test(`the ${name} clock says what it showed at a time of the machine, before and after it was moved`, async () => {
    const clock = make();
    const before = Date.now() - 1000;
    const shownBefore = clock.at(before);

    await clock.advance(60_000);
    const after = Date.now() + 1000;

    assert.equal(clock.at(before), shownBefore);
    const passed = name === 'system' ? after - before : 0;
    assert.ok(Math.abs(clock.at(after) - shownBefore - passed - 60_000) < 100);
  });
