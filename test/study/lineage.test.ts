/** Column lineage of every study: each column of each model has its place, and every name in it exists. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { studiesOf } from '../../lake/studies.ts';
import { readSelects } from '../../lib/model/sql/select.ts';
import { isOfSource, reached, studyLineage } from '../../lib/model/study/lineage.ts';
import { withRecords } from '../../lib/model/study/provenance.ts';

const studies = studiesOf();

describe.each(studies.names)('the columns of %s', (name) => {
  const study = studies.find(name);
  const lineage = studyLineage(study);

  test('are those that the contracts declare, and come from columns that exist', () => {
    for (const { layer, table, contract } of study.models)
      for (const column of contract.columns)
        assert.ok(lineage.has(`${layer}.${table}.${column.name}`), `${layer}.${table}.${column.name}`);
    for (const { id, from } of lineage.values())
      for (const one of from) assert.ok(lineage.has(one), `${id} comes from ${one}`);
  });

  test('never come from themselves', () => {
    for (const { id, from } of lineage.values())
      for (const one of from) assert.ok(!reached(lineage, one, 'upstream').has(id), `${id} and ${one}`);
  });

  test('reach the sources, but for those that are made without a record', () => {
    const silver = study.models.filter((model) => isOfSource(study, model) && model.derivedFrom);
    for (const { table, contract } of silver)
      for (const column of contract.columns.filter(({ name: one }) => !one.startsWith('_')))
        assert.ok(
          lineage.get(`silver.${table}.${column.name}`)!.from.length > 0,
          `silver.${table}.${column.name}`,
        );
  });

  test('can be traced back row by row: each model’s SELECT, with its records, is a query again', () => {
    for (const model of study.models)
      assert.doesNotThrow(() => readSelects(withRecords(study, model)), model.name);
  });
});
