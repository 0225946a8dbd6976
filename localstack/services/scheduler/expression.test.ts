/** Schedule expressions by the examples of the user guide. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { nextTime, parseSchedule } from './expression.ts';

const at = (text: string) => Date.parse(text);

/** The first times after a moment. */
function times(expression: string, after: string, count: number): string[] {
  const schedule = parseSchedule(expression);
  const found: string[] = [];
  let last = at(after);
  for (let n = 0; n < count; n++) {
    const next = nextTime(schedule, at(after), last);
    if (next === undefined) break;
    found.push(new Date(next).toISOString().slice(0, 16));
    last = next;
  }
  return found;
}

describe('schedule expressions', () => {
  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based
  it('name the times that the user guide says', () => {
    const expected: [string, string[]][] = [
      ['rate(5 minutes)', ['2024-12-31T23:35', '2024-12-31T23:40']],
      ['rate(1 day)', ['2025-01-01T23:30', '2025-01-02T23:30']],
      ['cron(0 10 * * ? *)', ['2025-01-01T10:00', '2025-01-02T10:00']],
      ['cron(15 12 * * ? *)', ['2025-01-01T12:15', '2025-01-02T12:15']],
      [
        'cron(0 18 ? * MON-FRI *)',
        ['2025-01-01T18:00', '2025-01-02T18:00', '2025-01-03T18:00', '2025-01-06T18:00'],
      ],
      ['cron(0 8 1 * ? *)', ['2025-01-01T08:00', '2025-02-01T08:00']],
      ['cron(0/15 * * * ? *)', ['2024-12-31T23:45', '2025-01-01T00:00']],
      ['cron(15 10 ? * 6L 2024-2026)', ['2025-01-31T10:15', '2025-02-28T10:15']],
      ['cron(0 9 ? * 2#1 *)', ['2025-01-06T09:00', '2025-02-03T09:00']],
      ['cron(0 12 L * ? *)', ['2025-01-31T12:00', '2025-02-28T12:00']],
      ['cron(0 12 1W * ? *)', ['2025-01-01T12:00', '2025-02-03T12:00']],
      ['at(2025-03-01T10:00:00)', ['2025-03-01T10:00']],
      ['cron(0 0 29 2 ? 2023-2028)', ['2028-02-29T00:00']],
    ];

    for (const [expression, wanted] of expected) {
      assert.deepEqual(times(expression, '2024-12-31T23:30:00Z', wanted.length), wanted, expression);
    }
    assert.deepEqual(times('at(2024-01-01T00:00:00)', '2024-12-31T23:30:00Z', 1), []);
  });

  it('always name a time after the last', () => {
    const expressions = ['rate(7 minutes)', 'cron(3/7 2-20/3 ? * SUN,WED *)', 'cron(59 23 L * ? *)'];
    fc.assert(
      fc.property(
        fc.constantFrom(...expressions),
        fc.integer({ min: at('2020-01-01'), max: at('2030-01-01') }),
        fc.integer({ min: 0, max: 10 ** 9 }),
        (expression, originMs, ago) => {
          const next = nextTime(parseSchedule(expression), originMs, originMs + ago);

          assert.ok(next !== undefined && next > originMs + ago);
        },
      ),
    );
  });

  it('are refused when they are none', () => {
    const refused = [
      'rate(0 minutes)',
      'rate(5 seconds)',
      'cron(0 10 * * * *)',
      'cron(0 10 * * ?)',
      'cron(60 10 * * ? *)',
      'every day',
    ];

    for (const expression of refused) {
      assert.throws(() => parseSchedule(expression), {
        code: 'ValidationException',
        message: `Invalid Schedule Expression ${expression}.`,
      });
    }
  });
});
