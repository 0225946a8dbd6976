/** Leads a cell of a table back to the records that it was made from. */
import type { Zone } from '../lib/model/layout.ts';
import { quoteName } from '../lib/model/sql/write.ts';
import { type LineageColumn, modelAt, reached, studyLineage } from '../lib/model/study/lineage.ts';
import {
  conditionOf,
  type Follows,
  followsDeclared,
  ProvenanceError,
  type RowKey,
  recordsSql,
  rowsBehindSql,
} from '../lib/model/study/provenance.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask, type QueryResult } from './ask.ts';
import type { LakeContext } from './context.ts';
import { UsageError } from './errors.ts';

export interface CellRecord {
  /** Silver table of its row. */
  readonly silver: string;
  readonly stream: string;
  readonly shard: string;
  readonly sequenceNumber: string;
  readonly eventId: string;
}

/** Rows of the table that a cell's table reads. */
interface RowsBehind {
  readonly zone: Zone;
  readonly table: string;
  /** Rows in all; `rows` are the first few. */
  readonly total: number;
  /** Columns of the table's key. */
  readonly key: readonly string[];
  /** Columns that the cell's is made from. */
  readonly from: readonly string[];
  readonly columns: readonly string[];
  readonly rows: QueryResult['rows'];
  readonly sql: string;
}

export interface CellOrigin {
  /** The cell's value as it is published; undefined when there is no such row. */
  readonly value: string | null | undefined;
  /** How the model's SELECT writes the column; absent for a column of silver that is as it came. */
  readonly expression?: string;
  /** Absent for a cell that is made straight from silver, or from several tables. */
  readonly behind?: RowsBehind;
  /** Records that the cell's column is made from, of the rows that the cell's row is made from. */
  readonly records: readonly CellRecord[];
  /** Silver tables that the column comes from. */
  readonly through: readonly string[];
  readonly sql: string;
  readonly scannedBytes: number;
}

export interface CellOptions {
  /** The row behind the cell that is listed first, by its key. */
  readonly first?: RowKey | undefined;
}

/** Rows behind a cell that are listed, however many there are. */
const MOST_ROWS = 5;

/**
 * The records of a cell: of all that went into its row, those of the tables that its column comes from. The tables are read
 * as they are now. Throws `UsageError` for an unknown table, column or key, and for a model that cannot be traced back.
 */
export async function cellOrigin(
  lake: LakeContext,
  study: Study,
  zone: Zone,
  table: string,
  column: string,
  key: RowKey,
  { first }: CellOptions = {},
): Promise<CellOrigin> {
  const model = modelAt(study, zone, table);
  if (!model) throw new UsageError(`${study.name} has no model ${zone}.${table}.`);
  const lineage = studyLineage(study);
  const id = `${zone}.${table}.${column}`;
  if (!lineage.has(id))
    throw new UsageError(
      `${zone}.${table} has no column '${column}'; it has ${model.contract.columns.map(({ name }) => name).join(', ')}.`,
    );
  const wrong = Object.keys(key).find((name) => !model.contract.columns.some((one) => one.name === name));
  if (wrong || Object.keys(key).length === 0)
    throw new UsageError(`A row of ${table} is named by its key: ${model.contract.primaryKey.join(', ')}.`);
  const through = silverOf(lineage, id);
  const follows = followsOf(lineage, id);
  const sql = orUsageError(model, () => recordsSql(study, model, key, follows));
  const [{ rows, statistics }, behind, value] = await Promise.all([
    ask(lake, sql),
    rowsBehind(lake, study, model, lineage.get(id)!, key, first),
    cellValue(lake, model, column, key),
  ]);
  const records = rows.map(([line]) => recordIn(line!)).filter(({ silver }) => through.includes(silver));
  const { expression } = lineage.get(id)!;
  return {
    value,
    ...(expression !== undefined && { expression }),
    ...(behind && { behind }),
    records,
    through,
    sql,
    scannedBytes: statistics.scannedBytes,
  };
}

/** The tables of which a column goes into the cell's. A count names no column: all that its model declares is counted. */
function followsOf(lineage: ReadonlyMap<string, LineageColumn>, id: string): Follows {
  const columns = [...reached(lineage, id, 'upstream')];
  const tables = new Set(columns.map(tableOf));
  const counting = new Set(columns.filter((one) => lineage.get(one)!.from.length === 0).map(tableOf));
  const nameOf = ({ layer, table }: Model) => `${layer}.${table}`;
  return (model, other) =>
    tables.has(nameOf(other)) ||
    ((counting.has(nameOf(model)) || !tables.has(nameOf(model))) && followsDeclared(model, other));
}

const tableOf = (id: string) => id.split('.').slice(0, 2).join('.');

async function cellValue(
  lake: LakeContext,
  model: Model,
  column: string,
  key: RowKey,
): Promise<string | null | undefined> {
  const found = await ask(
    lake,
    `select ${quoteName(column)} from ${model.database}.${model.table} where ${conditionOf(model, key)} limit 1`,
  );
  return found.rows[0]?.[0];
}

/** Of the one table of gold or silver whose columns the cell's is made from, else the one that its model declares. */
async function rowsBehind(
  lake: LakeContext,
  study: Study,
  model: Model,
  { from }: LineageColumn,
  key: RowKey,
  first: RowKey | undefined,
): Promise<RowsBehind | undefined> {
  const [source, ...others] = [...new Set(from.map(tableOf))];
  const { incremental } = model.contract;
  const isSource = ({ layer, table }: Model) =>
    source === undefined ? table === incremental?.from : `${layer}.${table}` === source;
  const behind = study.models.find(isSource);
  if (!behind || others.length > 0 || behind.contract.primaryKey.length === 0) return undefined;
  if (!model.dependsOn.includes(behind.name)) return undefined;
  const columns = from.map((id) => id.slice(tableOf(id).length + 1));
  const sql = orUsageError(model, () =>
    rowsBehindSql(study, model, key, { model: behind, columns, most: MOST_ROWS, first }),
  );
  const found = await ask(lake, sql);
  return {
    zone: behind.layer,
    table: behind.table,
    total: Number(found.rows[0]?.at(-1) ?? 0),
    key: behind.contract.primaryKey,
    from: columns,
    columns: found.columns.slice(0, -1).map(({ name }) => name),
    rows: found.rows.map((row) => row.slice(0, -1)),
    sql,
  };
}

/** @throws UsageError for what a model's SELECT or a key does not allow */
function orUsageError(model: Model, write: () => string): string {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof ProvenanceError || error instanceof RangeError)) throw error;
    throw new UsageError(
      `${model.layer}.${model.table} cannot be traced back to records: ${error.message}.`,
      { cause: error },
    );
  }
}

/** Silver tables of which a column holds something; of a count, which names none, all that its table reads. */
function silverOf(lineage: ReadonlyMap<string, LineageColumn>, id: string): string[] {
  const tablesFrom = (ids: Iterable<string>) => [
    ...new Set([...ids].flatMap((one) => (one.startsWith('silver.') ? [one.split('.')[1]!] : []))),
  ];
  const own = tablesFrom(reached(lineage, id, 'upstream'));
  if (own.length > 0) return own.sort();
  const { layer, table } = lineage.get(id)!;
  const others = [...lineage.values()].filter((one) => one.layer === layer && one.table === table);
  return tablesFrom(others.flatMap((one) => [...reached(lineage, one.id, 'upstream')])).sort();
}

/** The event's id is last, for it may hold any character. */
function recordIn(line: string): CellRecord {
  const [silver, stream, shard, sequenceNumber, ...id] = line.split('|') as [
    string,
    string,
    string,
    string,
    ...string[],
  ];
  return { silver, stream, shard, sequenceNumber, eventId: id.join('|') };
}
