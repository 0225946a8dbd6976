/** DESCRIBE: a table's columns and partition keys, as Hive prints them. */
import { columnsOf, loadTable, partitioningOf } from '../../../iceberg/index.ts';
import type { Statement } from '../../../sql/index.ts';
import { isIceberg, type Table } from '../catalog.ts';
import { QueryFailure } from '../failure.ts';
import { textColumn } from '../results/columns.ts';
import type { Outcome, Session } from '../session.ts';
import { isView, viewColumns } from '../view.ts';
import { requireTable } from './names.ts';

const width = 20;

/** Cells of a fixed width; what is longer stays whole. */
const line = (...cells: string[]) => cells.map((cell) => cell.padEnd(width));

const columnLine = (column: { Name: string; Type?: string; Comment?: string }) =>
  line(column.Name, column.Type ?? 'string', column.Comment ?? '');

const columns = ['col_name', 'data_type', 'comment'].map((name) => textColumn(name));

/**
 * The layout is the recorded one: aoyagikouhei/athena-local, docs/dev/measurements/query-results.md. Hive's is of fixed width and
 * has no count, Iceberg's is neither padded nor without one, a view shows the engine's types.
 */
export async function describe(
  session: Session,
  statement: Extract<Statement, { kind: 'describe' }>,
): Promise<Outcome> {
  if (statement.mode || statement.partition)
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `DESCRIBE ${statement.mode ?? '… PARTITION'} is not emulated; DESCRIBE of a table is.`,
    );
  const table = await requireTable(session, statement.name);
  if (isView(table)) return viewColumns(table);
  if (isIceberg(table)) return { kind: 'text', columns, rows: await icebergLines(session, table) };
  return { kind: 'text', columns, rows: hiveLines(table), counted: false };
}

/** Athena writes Iceberg's own type text, with blanks: `struct<a: int, b: string>`, `decimal(10, 2)`. */
const icebergType = (type: string) => type.replace(/,/g, ', ').replace(/:/g, ': ');

async function icebergLines(session: Session, table: Table): Promise<string[][]> {
  const ref = { database: table.DatabaseName, table: table.Name };
  const { metadata } = await loadTable(session.lake.iceberg, ref);
  return [
    ['# Table schema:', '', ''],
    ['# col_name', 'data_type', 'comment'],
    ...columnsOf(metadata).map((column) => [
      column.name,
      icebergType(column.athenaType),
      column.comment ?? '',
    ]),
    ['', '', ''],
    ['# Partition spec:', '', ''],
    ['# field_name', 'field_transform', 'column_name'],
    ...partitioningOf(metadata).map((term) => {
      const found = /^(\w+)\((?:(\d+),\s*)?(.+)\)$/.exec(term);
      if (!found) return [term, 'identity', term];
      const [, transform, argument, column] = found;
      const short = transform === 'truncate' ? 'trunc' : transform;
      return [`${column}_${short}`, argument ? `${transform}[${argument}]` : transform!, column!];
    }),
  ];
}

function hiveLines(table: Table): string[][] {
  const keys = table.PartitionKeys ?? [];
  const blank = ['', ' ', ' '];
  return [
    ...[...(table.StorageDescriptor?.Columns ?? []), ...keys].map(columnLine),
    ...(keys.length === 0
      ? []
      : [
          blank,
          ['# Partition Information', ' ', ' '],
          line('# col_name', 'data_type', 'comment'),
          blank,
          ...keys.map(columnLine),
        ]),
  ];
}
