/**
 * State folders as kills leave them: the next run completes what was begun. Files of them harmed at random: the answers are
 * right, or a refusal names the file.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { createRandom } from '../../lib/simulator/random.ts';
import { judge, namesOf } from './judge.ts';
import { doHarm, HARMS, pickFile, stateFiles } from './stateFiles.ts';
import { type Outcome, runWorld } from './world.ts';

/** `node test/chaos/run.ts` tries 200, with real kills. */
const SEEDS = 10;
/** Every so many seeds the run has still to be made, which takes longer. */
const UNFINISHED_EVERY = 5;
/** Where the pipeline is when its state is copied, as a kill would leave it; what is not seen in time is left out. */
const MOMENTS = [/./, /publish/i, /balance/i];

const folder = mkdtempSync(join(tmpdir(), 'headwaters-chaos-'));
const finished = join(folder, 'finished');
const copies: string[] = [];
const feed = { events: 60, seed: 1 };

beforeAll(async () => {
  const left = [...MOMENTS];
  const outcome = await runWorld({ ...feed, stateDir: finished }, (line) => {
    const state =
      'progress' in line && /"at","title":"Running the pipeline","detail":"(.*)"/.exec(line.progress);
    const at = state ? left.findIndex((moment) => moment.test(state[1]!)) : -1;
    if (at < 0) return;
    left.splice(at, 1);
    copies.push(join(folder, `unfinished-${copies.length}`));
    copy(finished, copies.at(-1)!);
  });
  assert.deepEqual([outcome.verdict, outcome.right], ['Balanced', true]);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Without what is of no use to a later process. */
function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !/compile-cache|scratch|lock\.sqlite/.test(path) });
}

test('a run that was killed in its pipeline is completed by the next one, and gold equals the truth', async () => {
  const outcomes: Outcome[] = [];
  for (const killed of copies) {
    const stateDir = `${killed}-again`;
    copy(killed, stateDir);
    outcomes.push(await runWorld({ ...feed, stateDir }, () => {}));
  }

  assert.ok(outcomes.length > 0);
  for (const { verdict, right, said } of outcomes)
    assert.deepEqual([verdict, right], ['Balanced', true], said);
});

test.each(Array.from({ length: SEEDS }, (_, index) => index))('seed %i', async (seed) => {
  const random = createRandom(`chaos in a test/${seed}`);
  const stateDir = join(folder, `seed-${seed}`);
  copy(seed % UNFINISHED_EVERY === 0 ? copies[0]! : finished, stateDir);
  const file = pickFile(stateFiles(join(stateDir, 'cloud')), random)!;
  const harm = doHarm(file.path, HARMS[random.integer(0, HARMS.length - 1)]!, random);

  const ended = await runWorld({ ...feed, stateDir }, () => {}).then(
    (outcome) => ({ outcome }),
    (error: Error) => ({ error }),
  );

  const verdict = judge(ended, namesOf(file.path));
  assert.ok(
    verdict === 'right' || verdict === 'refused',
    `${verdict} after ${file.path} (${file.kind}) was ${harm}: ${JSON.stringify(ended)} ${'error' in ended ? ended.error.stack : ''}`,
  );
  rmSync(stateDir, { recursive: true });
});

test('a new feed is not taken into a stream whose log was cut short or changed: its numbers were given out before', async () => {
  for (const harm of ['cut', 'flip'] as const) {
    const stateDir = join(folder, `log ${harm}`);
    copy(finished, stateDir);
    const log = stateFiles(join(stateDir, 'cloud')).find(({ kind }) => kind === 'log of a shard')!;
    doHarm(log.path, harm, createRandom(`log ${harm}`));

    await assert.rejects(
      runWorld({ stateDir, events: 100, seed: 2 }, () => {}),
      { message: new RegExp(`The state file ${log.path} is damaged at byte \\d+: an acknowledged record`) },
    );
  }
});

test('receipts that are deleted before the run leave the books out of balance, and are named', async () => {
  const stateDir = join(folder, 'without receipts');
  copy(copies[0]!, stateDir);

  const outcome = await runWorld(
    { ...feed, stateDir, forget: { prefix: 'acknowledged/', share: 0 } },
    () => {},
  );

  assert.equal(outcome.verdict, 'FAILED');
  assert.match(outcome.said, /records of simulation-\w+ were acknowledged; their receipts .* cover 0\./);
});
