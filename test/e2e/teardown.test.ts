/** Two lakes in one account, by two prefixes: deployed, run, taken down, deployed again over what stayed, and removed with their data. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { leftovers } from '../../lake/leftovers.ts';
import { newStudy } from '../../lake/newStudy.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';
import { teardown } from '../../lake/teardown.ts';
import { headwaters } from '../support/commandLine.ts';

const STUDY = 'roof-weather';
const KEEP = { deleteData: false, liftProtection: false };
const DELETE = { deleteData: true, liftProtection: false };

describe('two lakes in one account', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-teardown-'));
  let first: Lake;
  let beta: Lake;
  const feed = (seed: number) => ({
    kind: 'simulation' as const,
    events: 60,
    seed,
    days: 2,
    faults: { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 },
  });
  const readings = async (lake: Lake) =>
    Number((await lake.ask('select count(*) from roof_weather_gold.fact_reading')).rows[0]![0]);
  const namesOf = async ({ target }: Lake) =>
    (await leftovers(target)).map(({ kind, name }) => (kind === 'key' ? kind : `${kind} ${name}`)).sort();
  const bucketsOf = (prefix: string) =>
    ['athena', 'failures', 'lake', 'logs', `${STUDY}-landing`].map(
      (purpose) => `bucket ${prefix}-${purpose}-000000000000-us-east-1`,
    );
  const retained = (prefix: string, databases: string) => [
    ...bucketsOf(prefix),
    ...['bronze', 'gold', 'marts', 'quarantine', 'silver', 'stage'].map(
      (zone) => `database ${databases}_${zone}`,
    ),
    'key',
    `stream ${prefix}-${STUDY}-events`,
    `table ${prefix}-ledger`,
  ];
  const command = (...args: string[]) =>
    headwaters([
      'teardown',
      ...args,
      '--target',
      'endpoint',
      '--endpoint',
      first.target.localCloud!.endpoint,
      '--state',
      join(home, 'state'),
    ]);

  beforeAll(async () => {
    newStudy(studiesOf(), STUDY, home);
    const studies = studiesOf([home]);
    first = openLake(await embedded({ stateDir: join(home, 'state'), port: 0 }), { studies });
    const url = first.target.localCloud!.endpoint;
    beta = openLake(await endpoint({ endpoint: url, prefix: 'beta', scratchDir: home }), { studies });
    for (const lake of [first, beta]) await lake.deploy([STUDY]);
    await first.run(STUDY, feed(1));
    await beta.run(STUDY, feed(2));
  });
  afterAll(async () => {
    await beta.close();
    await first.close();
    rmSync(home, { recursive: true, force: true });
  });

  test('both hold their own data under the names that the models use', async () => {
    const databases = (await first.catalog()).map(({ database }) => database);

    assert.deepEqual([await readings(first), await readings(beta)], [60, 60]);
    assert.ok(databases.includes('roof_weather_gold') && databases.includes('beta_roof_weather_gold'));
  });

  test('a teardown without a second yes deletes the stacks, keeps what holds data, and leaves the other lake alone', async () => {
    const before = await namesOf(beta);

    await teardown(first.target, KEEP);

    assert.deepEqual(await namesOf(first), retained('headwaters', 'roof_weather'));
    assert.deepEqual(await namesOf(beta), before);
    assert.equal(await readings(beta), 60);
  });

  test('teardown --check lists what is left with its cost and fails; without --yes nothing is deleted', async () => {
    const check = await command('--check', '--json');
    const noYes = await command();

    const { left } = JSON.parse(check.stdout) as { left: { kind: string; dollarsAMonth: number }[] };
    assert.deepEqual([check.code, noYes.code], [1, 2]);
    assert.equal(left.length, retained('headwaters', '').length);
    assert.equal(left.find(({ kind }) => kind === 'key')?.dollarsAMonth, 1);
    assert.match(check.stderr, /14 things are left, and cost 1\d\.\d\d US\$ a month/);
    assert.match(noYes.stderr, /Nothing was deleted\. --yes/);
  });

  test('deployed again, the lake takes over what stayed, and the next run goes on from there', async () => {
    await first.deploy([STUDY]);
    const kept = await readings(first);
    const { pipeline } = await first.run(STUDY, feed(3));

    assert.equal(kept, 60);
    assert.equal(pipeline.status, 'SUCCEEDED');
    assert.equal(await readings(first), 120);
    assert.equal((await namesOf(first)).filter((name) => name === 'key').length, 1);
  });

  test('with the second yes nothing is left of the lake, and everything of the other one', async () => {
    const before = await namesOf(beta);

    const { left } = await teardown(first.target, DELETE);
    const check = await command('--check');

    assert.deepEqual(left, []);
    assert.equal(check.code, 0);
    assert.match(check.stdout, /Nothing of this lake is left/);
    assert.deepEqual(await namesOf(beta), before);
    assert.equal(await readings(beta), 60);
  });
});
