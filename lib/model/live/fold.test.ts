import assert from 'node:assert/strict';
import { test } from 'vitest';
import { unitsOf, wallClock } from './fold.ts';

// https://www.nist.gov/pml/time-and-frequency-division/popular-links/daylight-saving-time-dst
for (const [what, wall, utc] of [
  ['in winter', '2024-03-08T09:30:00Z', '2024-03-08T14:30:00.000Z'],
  ['before the clock goes forward', '2024-03-10T01:59:59Z', '2024-03-10T06:59:59.000Z'],
  ['after the clock went forward', '2024-03-10T03:00:00Z', '2024-03-10T07:00:00.000Z'],
  ['in summer', '2024-03-11T09:30:00Z', '2024-03-11T13:30:00.000Z'],
  ['after the clock went back', '2024-11-03T02:00:00Z', '2024-11-03T07:00:00.000Z'],
] as const)
  test(`New York's wall clock is read ${what}`, () => {
    assert.equal(new Date(wallClock('America/New_York')(Date.parse(wall))).toISOString(), utc);
  });

for (const [text, scale, units] of [
  ['12', 0, 12n],
  ['-3', 0, -3n],
  ['12.345', 2, 1235n],
  ['0.1', 4, 1000n],
  ['1e3', 2, 100_000n],
  ['12345678901234567890', 0, 12_345_678_901_234_567_890n],
  ['true', 0, null],
] as const)
  test(`${text} is ${units} at scale ${scale}`, () => {
    assert.equal(unitsOf(text, scale), units);
  });
