/** Partitions as the spans of time that a statement is bounded to. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { type Cut, fitsStatement, spansOf } from './partitioning.ts';

const cut = (unit: Cut['unit']): Cut => ({ column: 'at', type: 'timestamp', unit });

describe('spans of time', () => {
  test('join partitions that follow each other, in whatever order they are given', () => {
    assert.deepEqual(spansOf('month', ['2024-12-01', null, '2025-03-01', '2025-01-01', '2024-12-01']), [
      ['2024-12-01', '2025-02-01'],
      ['2025-03-01', '2025-04-01'],
    ]);
  });

  test('of hours hold midnight, which Athena’s text of an instant may have lost', () => {
    assert.deepEqual(spansOf('hour', ['2024-12-01', '2024-11-30 23:00:00.000000', '2024-12-01 05:00:00']), [
      ['2024-11-30 23:00:00', '2024-12-01 01:00:00'],
      ['2024-12-01 05:00:00', '2024-12-01 06:00:00'],
    ]);
  });

  test('fit a statement when they are every day of a century, and not when they are every second one', () => {
    const days = Array.from({ length: 36_500 }, (_, day) =>
      new Date(Date.UTC(1920, 0, 1 + day)).toISOString().slice(0, 10),
    );

    assert.equal(fitsStatement(cut('day'), days.toReversed()), true);
    assert.equal(
      fitsStatement(
        cut('day'),
        days.filter((_, at) => at % 2 === 0),
      ),
      false,
    );
  });
});
