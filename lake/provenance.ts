/** Leads a cell of a table back to the records that it was made from. */
import type { Zone } from '../lib/model/layout.ts';
import { type LineageColumn, modelAt, reached, studyLineage } from '../lib/model/study/lineage.ts';
import { ProvenanceError, recordsSql } from '../lib/model/study/provenance.ts';
import type { Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
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

export interface CellOrigin {
  /** Records that the cell's column is made from, of the rows that the cell's row is made from. */
  readonly records: readonly CellRecord[];
  /** Silver tables that the column comes from. */
  readonly through: readonly string[];
  readonly sql: string;
  readonly scannedBytes: number;
}

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
  key: Readonly<Record<string, string | null>>,
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
  const sql = statement(study, model, key);
  const { rows, statistics } = await ask(lake, sql);
  const records = rows.map(([line]) => recordIn(line!)).filter(({ silver }) => through.includes(silver));
  return { records, through, sql, scannedBytes: statistics.scannedBytes };
}

/** @throws UsageError */
function statement(...[study, model, key]: Parameters<typeof recordsSql>): string {
  try {
    return recordsSql(study, model, key);
  } catch (error) {
    if (!(error instanceof ProvenanceError || error instanceof RangeError)) throw error;
    throw new UsageError(
      `${model.layer}.${model.table} cannot be traced back to records: ${error.message}.`,
      {
        cause: error,
      },
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
