/** The NYSE study's worked example through the command line: bars, spreads and live views that a person can reckon from a few ticks. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LiveComparisonResult } from '../../lib/model/live/compare.ts';
import { headwaters } from '../support/commandLine.ts';

const EXAMPLE = 'sql/nyse/fixtures/worked-example';
const state = mkdtempSync(join(tmpdir(), 'headwaters-nyse-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

type Answers = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;
let run: {
  answers: Answers;
  live: LiveComparisonResult[];
  pipeline: { verdict: string; sheet: { total: Record<string, number> } };
};

beforeAll(async () => {
  const { code, stdout, stderr } = await headwaters(
    `run nyse --input ${EXAMPLE} --once --json --port 0 --state ${state}`.split(' '),
  );
  assert.equal(code, 0, stderr);
  run = JSON.parse(stdout);
});

test('every tick is in silver, equal ones too, but a negative price, which is in quarantine', () => {
  assert.equal(run.pipeline.verdict, 'Balanced');
  expect(run.pipeline.sheet.total).toMatchObject({ inBronze: 13, silver: 12, duplicates: 0, quarantined: 1 });
});

test('a day opens with its auction, closes with the last row of the last millisecond, and has the volume of all that counts', () => {
  // 100 in the early session, 200 in the auction, twice 100 in equal rows, an odd lot of 50, 100 and 300.
  assert.deepEqual(run.answers.last_day, [
    {
      symbol: 'ABC',
      trade_date: '2024-03-11',
      open: '101.0000',
      high: '103.0000',
      low: '101.0000',
      close: '102.5000',
      volume: '950',
      vwap: '101.763158',
    },
  ]);
  assert.deepEqual(run.answers.volume_by_session, [
    { session: 'opening_auction', trades: '1', shares: '200' },
    { session: 'pre', trades: '1', shares: '100' },
    { session: 'regular', trades: '6', shares: '660' },
  ]);
});

test('a trade is compared with the best sides of all venues that stood at its time', () => {
  // Bid 100.90 of one venue, offer 101.05 of the other; the trades are 0.475 to 2.025 away from the middle.
  assert.deepEqual(run.answers.spreads, [
    { symbol: 'ABC', trades: '5', crossed: '0', least_quoted: '0.150000', most_paid: '2.430000' },
  ]);
});

test('sessions follow the clock of New York on both sides of its change', () => {
  assert.deepEqual(run.answers.sessions, [
    { utc_offset_hours: '-5', is_half_day: 'false', days: '1' },
    { utc_offset_hours: '-4', is_half_day: 'false', days: '1' },
  ]);
});

test('live views equal gold to the cent', () => {
  const [bar, spread] = run.live;

  assert.deepEqual([bar!.view, bar!.windows, bar!.equal, bar!.differing], ['minute_bar', 5, bar!.values, {}]);
  assert.deepEqual([spread!.view, spread!.differing], ['spread', {}]);
  assert.ok(spread!.values > 0);
});

test('the live bar of a minute is read by its symbol', async () => {
  const { stdout, code, stderr } = await headwaters(
    `live nyse minute_bar --windows 5 --key symbol=abc --json --state ${state}`.split(' '),
  );

  assert.equal(code, 0, stderr);
  const [{ windows }] = JSON.parse(stdout);
  assert.deepEqual(
    windows.map(({ start, rows }: { start: string; rows: { values: Record<string, unknown> }[] }) => [
      start,
      rows[0]!.values.open,
      rows[0]!.values.close,
      rows[0]!.values.volume,
    ]),
    [
      // The official close counts towards nothing.
      ['2024-03-11T20:00:00.000Z', null, null, 0],
      ['2024-03-11T13:31:00.000Z', 103, 102.5, 400],
      ['2024-03-11T13:30:00.000Z', 101, 102, 450],
      ['2024-03-11T13:29:00.000Z', null, null, 100],
      ['2024-03-08T14:30:00.000Z', 99, 99, 10],
    ],
  );
});
