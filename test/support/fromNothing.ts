/** Compares the tables that runs have made with those that the study gives from nothing, over all that has landed. */
import assert from 'node:assert/strict';
import type { Model, Study } from '../../lib/model/study/study.ts';
import { createDuckRuns, type DuckRuns, type LandedRecord } from './duckRun.ts';

/** Rows of a model's table, without the run that brought them. */
const rowsOf = ({ lake }: DuckRuns, { contract, database, table }: Model) =>
  lake.query(
    `SELECT ${contract.columns
      .filter(({ name }) => name !== '_run_id')
      .map(({ name }) => `CAST("${name}" AS varchar) AS "${name}"`)
      .join(', ')} FROM ${database}.${table} ORDER BY ALL`,
  );

/** Compares every table; gives the number of rows of each. */
export async function assertAsFromNothing(
  runs: DuckRuns,
  study: Study,
  landed: readonly LandedRecord[][],
): Promise<ReadonlyMap<string, number>> {
  const fresh = await createDuckRuns(study);
  for (const records of landed) await fresh.land(records);
  await fresh.run();
  const counts = new Map<string, number>();
  for (const model of study.models) {
    const rows = await rowsOf(runs, model);
    assert.deepEqual(rows, await rowsOf(fresh, model), model.name);
    counts.set(model.name, rows.length);
  }
  fresh.close();
  return counts;
}
