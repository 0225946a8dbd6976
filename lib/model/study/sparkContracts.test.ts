/** What the Spark jobs know of a study: the columns of what its contracts derive, and why the rest is Athena's. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { sparkContracts } from './sparkContracts.ts';
import { loadStudy } from './study.ts';

const studyOf = (path: string) => loadStudy(fileURLToPath(new URL(`../../../${path}`, import.meta.url)));

test('a derived table has its members, types, order, key and partitions as the contract declares them', () => {
  const { tables, athenaOnly } = sparkContracts(studyOf('test/parity/studies/history'), 'headwaters');

  const [table] = tables;
  assert.deepEqual(athenaOnly, {});
  assert.deepEqual(table!.columns.slice(0, 3), [
    { name: 'reading_id', member: 'readingId', type: 'string' },
    { name: 'meter_id', member: 'meterId', type: 'string' },
    { name: 'read_on', member: 'readOn', type: 'date' },
  ]);
  assert.deepEqual(table!.order, [
    { column: 'phase', isInteger: true },
    { column: 'meter_id', isInteger: false },
  ]);
  assert.deepEqual([table!.key, table!.partitioning], [['reading_id'], ['day(read_on)']]);
  assert.deepEqual(table!.declared.at(-1)?.name, '_run_id');
  assert.equal(table!.location, 'silver/study=history/readings');
});

test('a table whose SELECT is written by hand is Athena’s only', () => {
  const { tables, athenaOnly } = sparkContracts(studyOf('sql/netflix'), 'headwaters');

  assert.ok(tables.some(({ source }) => source === 'ratings'));
  assert.match(athenaOnly.enriched_events!, /Athena’s SQL/);
});

test('in a lake of another prefix the databases carry it', () => {
  const { tables, compacted } = sparkContracts(studyOf('test/parity/studies/history'), 'other');

  assert.equal(tables[0]!.database, 'other_history_silver');
  assert.ok(compacted.includes('other_history_gold.meters'));
});
