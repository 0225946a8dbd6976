/** DESCRIBE: a table's columns and partition keys, as Hive prints them. */
import { columnsOf, loadTable, partitioningOf } from '../../../iceberg/index.ts';
import type { PartitionValues, Statement } from '../../../sql/index.ts';
import { isIceberg, type Partition, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { orderedValues } from '../hive/folders.ts';
import { textColumn } from '../results/columns.ts';
import type { Outcome, Session } from '../session.ts';
import { isView, viewColumns } from '../view.ts';
import { notForIceberg, requireTable, semanticFailure } from './names.ts';

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
  if (statement.mode === 'extended')
    throw new QueryFailure(
      'NOT_SUPPORTED',
      'DESCRIBE EXTENDED is not emulated; DESCRIBE and DESCRIBE FORMATTED are.',
    );
  const table = await requireTable(session, statement.name);
  if (isView(table)) return viewColumns(table);
  if (isIceberg(table)) {
    if (statement.partition) throw notForIceberg();
    return { kind: 'text', columns, rows: await icebergLines(session, table) };
  }
  const partition = statement.partition && (await requirePartition(session, table, statement.partition));
  const rows = statement.mode === 'formatted' ? formattedLines(table, partition) : hiveLines(table);
  return { kind: 'text', columns, rows, counted: false };
}

async function requirePartition(session: Session, table: Table, given: PartitionValues): Promise<Partition> {
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  const values = orderedValues(keys, given);
  const partitions = await session.catalog.partitions(table.DatabaseName, table.Name);
  const found = partitions.find((one) => JSON.stringify(one.Values) === JSON.stringify(values));
  if (found) return found;
  throw semanticFailure(
    10006,
    `Partition not found {${keys.map((key, index) => `${key}=${values[index]}`).join(', ')}}`,
  );
}

const dateText = (epochSeconds: number) => {
  const [day, date, month, year, time] = new Date(epochSeconds * 1000).toUTCString().split(/,? /);
  return `${day} ${month} ${date} ${time} UTC ${year}`;
};

/** DESCRIBE FORMATTED, laid out as Hive's MetaDataFormatUtils does: a heading, the columns, then what is known of the place. */
function formattedLines(table: Table, partition: Partition | undefined): string[][] {
  const blank = ['', ' ', ' '];
  const heading = (text: string) => [text, ' ', ' '];
  const fact = (name: string, value: unknown) => [`${name}:`.padEnd(width), String(value).padEnd(width), ' '];
  const facts = (name: string, values: Readonly<Record<string, string>> | undefined) => [
    heading(`${name}:`),
    ...Object.entries(values ?? {})
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ['', key.padEnd(width), value.padEnd(width)]),
  ];
  const keys = table.PartitionKeys ?? [];
  const storage = (partition ?? table).StorageDescriptor ?? {};
  const list = (value: unknown) => `[${Array.isArray(value) ? value.join(', ') : ''}]`;
  return [
    line('# col_name', 'data_type', 'comment'),
    blank,
    ...(table.StorageDescriptor?.Columns ?? []).map(columnLine),
    ...(keys.length === 0
      ? []
      : [
          blank,
          heading('# Partition Information'),
          line('# col_name', 'data_type', 'comment'),
          blank,
          ...keys.map(columnLine),
        ]),
    blank,
    ...(partition
      ? [
          heading('# Detailed Partition Information'),
          fact('Partition Value', list(partition.Values)),
          fact('Database', table.DatabaseName),
          fact('Table', table.Name),
          fact('CreateTime', dateText(partition.CreationTime)),
          fact('LastAccessTime', 'UNKNOWN'),
          fact('Protect Mode', 'None'),
          fact('Location', storage.Location ?? ''),
          ...facts('Partition Parameters', partition.Parameters),
        ]
      : [
          heading('# Detailed Table Information'),
          fact('Database', table.DatabaseName),
          fact('Owner', table.Owner ?? ''),
          fact('CreateTime', dateText(table.CreateTime)),
          fact('LastAccessTime', 'UNKNOWN'),
          fact('Protect Mode', 'None'),
          fact('Retention', table.Retention ?? 0),
          fact('Location', storage.Location ?? ''),
          fact('Table Type', table.TableType ?? ''),
          ...facts('Table Parameters', table.Parameters),
        ]),
    blank,
    heading('# Storage Information'),
    fact('SerDe Library', storage.SerdeInfo?.SerializationLibrary ?? ''),
    fact('InputFormat', storage.InputFormat ?? ''),
    fact('OutputFormat', storage.OutputFormat ?? ''),
    fact('Compressed', storage.Compressed ? 'Yes' : 'No'),
    fact('Num Buckets', storage.NumberOfBuckets ?? -1),
    fact('Bucket Columns', list(storage.BucketColumns)),
    fact('Sort Columns', list(storage.SortColumns)),
    ...facts('Storage Desc Params', storage.SerdeInfo?.Parameters),
  ];
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
