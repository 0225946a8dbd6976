/** DESCRIBE: a table's columns and partition keys, as Hive prints them. */
import { columnsOf, loadTable, partitioningOf } from '../../../iceberg/index.ts';
import type { Statement } from '../../../sql/index.ts';
import { isIceberg, type Table } from '../catalog.ts';
import { QueryFailure } from '../failure.ts';
import { textColumn } from '../results/columns.ts';
import type { Outcome, Session } from '../session.ts';
import { requireTable } from './names.ts';

const width = 20;

const line = (...cells: string[]) => cells.map((cell) => cell.padEnd(width));

const columnLine = (column: { Name: string; Type?: string; Comment?: string }) =>
  line(column.Name, column.Type ?? 'string', column.Comment ?? '');

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
  return {
    kind: 'text',
    columns: ['col_name', 'data_type', 'comment'].map(textColumn),
    rows: isIceberg(table) ? await icebergLines(session, table) : hiveLines(table),
  };
}

async function icebergLines(session: Session, table: Table): Promise<string[][]> {
  const ref = { database: table.DatabaseName, table: table.Name };
  const { metadata } = await loadTable(session.lake.iceberg, ref);
  const partitioning = partitioningOf(metadata);
  return [
    ['# Table schema:'],
    line('# col_name', 'data_type', 'comment'),
    ...columnsOf(metadata).map((column) => line(column.name, column.athenaType, column.comment ?? '')),
    [''],
    ['# Partition spec:'],
    line('# field_name', 'field_transform', 'column_name'),
    ...partitioning.map((term) => {
      const found = /^(\w+)\((?:(\d+),\s*)?(.+)\)$/.exec(term);
      if (!found) return line(term, 'identity', term);
      const [, transform, argument, column] = found;
      const short = transform === 'truncate' ? 'trunc' : transform;
      return line(`${column}_${short}`, argument ? `${transform}[${argument}]` : transform!, column!);
    }),
  ];
}

function hiveLines(table: Table): string[][] {
  const keys = table.PartitionKeys ?? [];
  return [
    ...[...(table.StorageDescriptor?.Columns ?? []), ...keys].map(columnLine),
    ...(keys.length === 0
      ? []
      : [
          [''],
          ['# Partition Information'],
          line('# col_name', 'data_type', 'comment'),
          [''],
          ...keys.map(columnLine),
        ]),
  ];
}
