/** The Netflix study's worked example through the command line: faults of its files are repaired, counted or in quarantine. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { headwaters } from '../support/commandLine.ts';

const EXAMPLE = 'sql/netflix/fixtures/worked-example';
const state = mkdtempSync(join(tmpdir(), 'headwaters-netflix-'));
afterAll(() => rmSync(state, { recursive: true, force: true }));

type Answers = Readonly<Record<string, readonly Readonly<Record<string, string | null>>[]>>;
let run: { answers: Answers; pipeline: { verdict: string; sheet: { total: Record<string, number> } } };

beforeAll(async () => {
  const { code, stdout, stderr } = await headwaters(
    `run netflix --input ${EXAMPLE} --once --json --port 0 --state ${state}`.split(' '),
  );
  assert.equal(code, 0, stderr);
  run = JSON.parse(stdout);
});

test('every row is in silver, but an action that no player knows, which is in quarantine', () => {
  const { verdict, sheet } = run.pipeline;

  assert.equal(verdict, 'Balanced');
  expect(sheet.total).toMatchObject({ inBronze: 27, silver: 26, quarantined: 1 });
});

test('three views give the hours, retention and gaps that a person can reckon', () => {
  // u1 watches 5,400 of 6,000 seconds and waits 5 s for one of them; u2 660 of 4,440, and half an hour of a series.
  assert.deepEqual(run.answers.viewing_overview, [
    {
      views: '3',
      viewers: '2',
      watched_hours: '2.18',
      avg_retention: '0.5243',
      completion_rate: '1.0000',
      rebuffer_gaps: '1',
      errors: '1',
    },
  ]);
  assert.deepEqual(
    run.answers.top_creators?.map(({ creator, watched_seconds }) => [creator, watched_seconds]),
    [
      ['Ada Moreau', '6060'],
      ['Unknown', '1800'],
      ['Ben Okafor', '660'],
    ],
  );
});

test('a shifted duration, a padded date and cells of several values are repaired and counted', () => {
  assert.deepEqual(run.answers.catalogue, [
    {
      titles: '3',
      movies: '2',
      with_minutes: '2',
      durations_mended: '1',
      dates_mended: '1',
      genre_links: '4',
      creator_links: '3',
      cast_links: '3',
      country_links: '5',
      films: '3',
      films_in_catalogue: '1',
    },
  ]);
});

test('what is undefined is left out: series and unknown titles have no completion', () => {
  assert.deepEqual(run.answers.watch_logs, [
    {
      watches: '4',
      with_length: '1',
      avg_completion: '0.5000',
      binge_sessions: '2',
      unknown_titles: '1',
      // 80 × 0.5 + 20 × 2 of 7 days
      avg_engagement: '45.71',
    },
  ]);
});
