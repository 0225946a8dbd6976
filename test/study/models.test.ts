/** The tests next to every study's models, and what is said about tests with faults. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, onTestFinished, test } from 'vitest';
import { newStudy } from '../../lake/newStudy.ts';
import { studiesOf } from '../../lake/studies.ts';
import { testModels } from '../../lake/testModels.ts';

const studies = studiesOf();

for (const study of studies.names)
  describe(`the models of ${study}`, async () => {
    for (const { model, test: name, ...outcome } of await testModels(studies, study))
      test(`${model}: ${name}`, () => {
        const { passed, missing, unexpected, error } = outcome;

        assert.deepEqual(
          { passed, missing, unexpected, error },
          { passed: true, missing: [], unexpected: [], error: undefined },
        );
      });
  });

/** A new study whose fact's tests are these. */
function withTests(text: string) {
  const dir = mkdtempSync(join(tmpdir(), 'headwaters-models-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const folder = newStudy(studies, 'sensors', dir);
  const file = join(folder, 'gold', 'fact_reading.test.yaml');
  writeFileSync(file, text.replaceAll(/^ {4}/gm, ''));
  return { studies: studiesOf([dir]), file };
}

test('a row that the model does not give, and one that nobody expected, fail the test and are shown', async () => {
  const { studies: own } = withTests(`
    tests:
      - name: No place is invented.
        given: { silver.readings: [{ reading_id: r1, value: 1 }] }
        expect: [{ reading_id: r1, place: Hall, value: 1.000 }]`);

  const [outcome] = await testModels(own, 'sensors', 'fact_reading');

  assert.deepEqual(
    [outcome?.passed, outcome?.columns, outcome?.missing, outcome?.unexpected],
    [false, ['reading_id', 'place', 'value'], [['r1', 'Hall', '1']], [['r1', 'unknown', '1']]],
  );
});

test('every fault of a test file is reported with its line, and what is allowed', async () => {
  const { studies: own, file } = withTests(`tests:
      - name: Faults.
        given:
          silver.reading: []
          silver.readings: [{ reading: r1 }]
          sources.weather: []
        expects: []`);

  await assert.rejects(testModels(own, 'sensors'), (error: Error) => {
    assert.match(error.message, /'expects' is not known; allowed: name, at, given, expect/);
    assert.match(
      error.message,
      /gold\.fact_reading does not read 'silver\.reading'; it reads: silver\.readings, silver\.sensors/,
    );
    assert.match(error.message, /there is no column 'reading'; the table has: reading_id, sensor_id/);
    assert.match(
      error.message,
      /'sources\.weather' is not a source with an eventType; there is: sources\.readings, sources\.sensors/,
    );
    assert.ok(
      error.message.split('\n').every((line) => line.startsWith(`${file}:`)),
      error.message,
    );
    return true;
  });
});

test('a statement that Athena refuses fails its test in Athena’s words', async () => {
  const { studies: own, file } = withTests('tests: [{ name: Runs., given: {}, expect: [] }]');
  const sql = file.replace('.test.yaml', '.sql');
  writeFileSync(
    sql,
    readFileSync(sql, 'utf8').replace('r.value\n', "date_add('day', r.value, r.measured_at) as value\n"),
  );

  const [outcome] = await testModels(own, 'sensors', 'gold.fact_reading');

  assert.equal(outcome?.passed, false);
  assert.match(outcome?.error ?? '', /date_add/);
});

test('a model that there is not is wrong usage', async () => {
  await assert.rejects(
    testModels(studies, 'amazon', 'fact_rumour'),
    /amazon has no model 'fact_rumour'; it has: .*gold\.fact_sales/,
  );
});
