/**
 * Data files of an Iceberg table's current snapshot, and what its manifests know of each column without a file being opened.
 * https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html
 */
import { databaseOf, type Zone } from '../lib/model/layout.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import { type LakeTableDetail, readTable } from './tables.ts';

/** Files that are read about; a table of more is shown in part. */
const MOST_FILES = 500;

export interface TableFile {
  /** `s3://…` */
  readonly path: string;
  /** Folders of the partition, `order_month_month=2026-11`; empty where the table is not partitioned. */
  readonly partition: string;
  /** Merge-on-read keeps rows that are deleted in files of their own until OPTIMIZE. */
  readonly kind: 'data' | 'deletes';
  readonly rows: number;
  readonly bytes: number;
}

/** Bounds as Iceberg writes them: of a text only its first 16 characters. */
export interface ColumnBounds {
  readonly from?: string;
  readonly to?: string;
  readonly nulls: number;
}

export interface TableFiles {
  /** Largest first. */
  readonly files: readonly TableFile[];
  /** Of the table, of which `files` may be a part. */
  readonly total: number;
  /** Column → its bounds over `files`; without columns of which the manifests keep none. */
  readonly bounds: Readonly<Record<string, ColumnBounds>>;
}

/** @throws Glue's `EntityNotFoundException`; `RangeError` for what is not an Iceberg table */
export async function tableFiles(
  lake: LakeContext,
  study: string,
  zone: Zone,
  name: string,
): Promise<TableFiles> {
  const table = await readTable(lake, study, zone, name);
  if (table.kind !== 'iceberg')
    throw new RangeError(`${table.database}.${name} is a ${table.kind} table; only Iceberg keeps files.`);
  if (!table.snapshot) return { files: [], total: 0, bounds: {} };
  const { rows } = await ask(lake, filesSql(databaseOf(study, zone), table));
  return { files: rows.map(fileOf), total: table.files ?? 0, bounds: boundsOf(table, rows) };
}

const FILE_COLUMNS = ['content', 'file_path', 'record_count', 'file_size_in_bytes'] as const;

const fieldsOf = ({ columns }: LakeTableDetail) => columns.filter(({ id }) => id !== undefined);

/** Four columns of the file, then of each field its lower bound, upper bound and NULLs. */
const filesSql = (database: string, table: LakeTableDetail): string =>
  [
    `SELECT ${[
      ...FILE_COLUMNS,
      ...fieldsOf(table).flatMap(({ id }) => [
        `element_at(lower_bounds, ${id})`,
        `element_at(upper_bounds, ${id})`,
        `element_at(null_value_counts, ${id})`,
      ]),
    ].join(', ')}`,
    `FROM "${database}"."${table.name}$files"`,
    `ORDER BY file_size_in_bytes DESC LIMIT ${MOST_FILES}`,
  ].join(' ');

type Row = readonly (string | null)[];

function fileOf([content, path, rows, bytes]: Row): TableFile {
  const [, partition = ''] = /\/data\/(?:(.*)\/)?[^/]+$/.exec(path!) ?? [];
  return {
    path: path!,
    partition,
    kind: content === '0' ? 'data' : 'deletes',
    rows: Number(rows),
    bytes: Number(bytes),
  };
}

const NUMERIC = /^(?:tinyint|smallint|int|bigint|float|double|decimal\(.*\))$/;

const first = (values: readonly string[], isBefore: (a: string, b: string) => boolean): string | undefined =>
  values.reduce<string | undefined>(
    (best, one) => (best === undefined || isBefore(one, best) ? one : best),
    undefined,
  );

/** The least lower and the greatest upper bound of the data files. */
export function boundsOf(table: LakeTableDetail, rows: readonly Row[]): TableFiles['bounds'] {
  const ofData = rows.filter(([content]) => content === '0');
  const bounds: Record<string, ColumnBounds> = {};
  for (const [index, { name, type }] of fieldsOf(table).entries()) {
    const at = FILE_COLUMNS.length + 3 * index;
    const isLess = NUMERIC.test(type)
      ? (a: string, b: string) => Number(a) < Number(b)
      : (a: string, b: string) => a < b;
    const known = (column: number) => ofData.flatMap((row) => row[column] ?? []);
    const from = first(known(at), isLess);
    const to = first(known(at + 1), (a, b) => isLess(b, a));
    const nulls = known(at + 2).reduce((sum, one) => sum + Number(one), 0);
    if (from === undefined && to === undefined && nulls === 0) continue;
    bounds[name] = { ...(from !== undefined && { from }), ...(to !== undefined && { to }), nulls };
  }
  return bounds;
}
