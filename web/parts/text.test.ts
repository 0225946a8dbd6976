import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { age, bytes, counted, decimal, dollars, duration, percent, shortId, shortRun, time } from './text.ts';

describe('figures are written as the page shows them', () => {
  for (const [written, expected] of [
    [counted(1, 'record'), '1 record'],
    [counted(10_443, 'record'), '10,443 records'],
    [decimal('58101.48'), '58,101.48'],
    [decimal('-1234567.00'), '-1,234,567.00'],
    [decimal('NaN'), 'NaN'],
    [bytes(26_874), '26,874 B'],
    [bytes(100_000), '100 KB'],
    [bytes(999_600), '1.00 MB'],
    [bytes(1_240_000), '1.24 MB'],
    [duration(340), '340 ms'],
    [duration(11_840), '11.8 s'],
    [duration(124_000), '2 min 4 s'],
    [duration(10_640_000), '2 h 57 min'],
    [percent(0.1278), '12.78 %'],
    [dollars(0), '$0'],
    [dollars(0.000_012_3), '$0.000012'],
    [dollars(19.2), '$19.20'],
    [time('2026-11-30T12:28:15.878Z'), '12:28:15.878'],
    [shortId('39455480789296024 5'.replace(' ', '')), '39455…0245'],
    [shortId('sales'), 'sales'],
    [shortRun('20261130t122916-03ed2afc'), '03ed2afc'],
  ] as const)
    test(expected, () => assert.equal(written, expected));
});

test('an age is written in the largest unit that fits, and is never in the future', () => {
  const now = Date.parse('2026-11-30T12:00:00Z');

  const ages = [-5, 0, 59, 60, 3599, 3600, 86_400, 172_800].map((seconds) => age(now - seconds * 1000, now));

  assert.deepEqual(ages, [
    '0 s ago',
    '0 s ago',
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '1 h ago',
    '1 day ago',
    '2 days ago',
  ]);
});
