/** Every study there is, with every kind of fault, through the command line: each fault is where it belongs, and nothing is lost. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { studiesOf } from '../../lake/studies.ts';
import { databaseOf } from '../../lib/model/layout.ts';
import { headwaters } from '../support/commandLine.ts';

for (const study of studiesOf().names)
  describe(`simulated events with faults of the study ${study}`, () => {
    const state = mkdtempSync(join(tmpdir(), 'headwaters-faults-'));
    afterAll(() => rmSync(state, { recursive: true, force: true }));

    const faults = '--duplicates 2% --malformed 2% --late 4% --drift 1% --unknown 1%'.split(' ');
    const simulated = ['run', study, '--events', '2000', '--seed', '5', ...faults];
    const run = [...simulated, '--once', '--port', '0', '--state', state];

    test('a run that is killed while it sends is made good by the next one', async () => {
      const killed = await headwaters(run, { signal: 'SIGKILL', when: /✓ Carrying out transactions/ });

      const { code, stdout, stderr } = await headwaters([...run, '--json']);

      assert.notEqual(killed.code, 0);
      assert.equal(code, 0, stderr);
      const { truth, pipeline, feed } = JSON.parse(stdout);
      assert.deepEqual(truth, { equal: true, differing: [] });
      assert.equal(pipeline.verdict, 'Balanced');
      assert.equal(pipeline.sheet.lost, 0);

      const { question, parameters } = feed.comparable;
      const given = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
      const both = await headwaters(['compare', study, question, ...given, '--json', '--state', state]);

      assert.equal(both.code, 0, both.stderr);
      const { equal, oltp } = JSON.parse(both.stdout);
      assert.deepEqual([equal, oltp.rows.length > 0], [true, true]);
    });

    test('every fault is where it belongs: damaged records in quarantine with their rule', async () => {
      const sql = `select rule, count(distinct shard || sequence_number) as records
        from ${databaseOf(study, 'quarantine')}.records
        where dt > cast(current_date - interval '7' day as varchar) group by rule order by rule`;

      const asked = await headwaters(['query', sql, '--format', 'json', '--state', state]);

      assert.equal(asked.code, 0, asked.stderr);
      const rules = JSON.parse(asked.stdout).map(({ rule }: { rule: string }) => rule);
      assert.deepEqual(rules, ['type', 'undecodable', 'unknown-type']);
    });
  });
