/** Compares a table's rows before and after a run, by Iceberg's snapshots. */
import { quoteName, quoteTable } from '../lib/model/sql/write.ts';
import type { Study } from '../lib/model/study/study.ts';
import { ask, type QueryResult } from './ask.ts';
import type { LakeContext } from './context.ts';
import { type LakeTable, listTables } from './tables.ts';

/** Tables of a study at a moment. */
export type TablesThen = ReadonlyMap<string, LakeTable>;

export interface RowChanges {
  readonly model: string;
  /** `database.table` */
  readonly table: string;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  /** Distinct rows that are there now and were not, and the other way round; a changed row counts in both. */
  readonly added: number;
  readonly removed: number;
  readonly columns: readonly string[];
  /** The first few, in the order of their values; `side` is `-` for a row that is gone and `+` for one that is new. */
  readonly sample: readonly { readonly side: '-' | '+'; readonly values: QueryResult['rows'][number] }[];
}

const SAMPLE = 6;

export const tablesNow = async (lake: LakeContext, study: string): Promise<TablesThen> =>
  new Map((await listTables(lake, study)).map((table) => [`${table.database}.${table.name}`, table]));

/**
 * How the tables of these models differ from what they were; a view, and a table that was not there, has no changes to show.
 * Columns that only one of both has are left out.
 */
export async function rowChanges(
  lake: LakeContext,
  { name, models }: Pick<Study, 'name' | 'models'>,
  changed: readonly string[],
  before: TablesThen,
): Promise<RowChanges[]> {
  const now = await tablesNow(lake, name);
  const found: RowChanges[] = [];
  for (const model of models.filter((one) => changed.includes(one.name))) {
    const table = `${model.database}.${model.table}`;
    const [then, current] = [before.get(table), now.get(table)];
    if (then?.snapshot === undefined || current === undefined) continue;
    found.push(await compared(lake, model.name, then, current));
  }
  return found;
}

async function compared(
  lake: LakeContext,
  model: string,
  then: LakeTable,
  current: LakeTable,
): Promise<RowChanges> {
  const had = new Set(then.columns.map(({ name }) => name));
  const columns = current.columns.map(({ name }) => name).filter((name) => had.has(name));
  const list = columns.map(quoteName).join(', ');
  const table = quoteTable(current.database, current.name);
  const sides = [
    `WITH now AS (SELECT ${list} FROM ${table}), past AS (SELECT ${list} FROM ${table} FOR VERSION AS OF ${then.snapshot}),`,
    'added AS (SELECT * FROM now EXCEPT SELECT * FROM past), removed AS (SELECT * FROM past EXCEPT SELECT * FROM now)',
  ].join('\n');
  const counts = await ask(
    lake,
    `${sides}\nSELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM removed) AS removed`,
  );
  const [added, removed] = (counts.rows[0] as string[]).map(Number) as [number, number];
  const sample =
    added + removed === 0
      ? []
      : (
          await ask(
            lake,
            `${sides}\nSELECT '-' AS side, ${list} FROM removed UNION ALL SELECT '+' AS side, ${list} FROM added ORDER BY ${columns.map((_, at) => at + 2).join(', ')}, 1 DESC LIMIT ${SAMPLE}`,
          )
        ).rows;
  return {
    model,
    table: `${current.database}.${current.name}`,
    rowsBefore: then.rows ?? 0,
    rowsAfter: current.rows ?? 0,
    added,
    removed,
    columns,
    sample: sample.map(([side, ...values]) => ({ side: side as '-' | '+', values })),
  };
}
