/** DDL of a published table: created and evolved by the pipeline, compacted and vacuumed by maintenance. */

import type { Contract } from '../../contract/contract.ts';
import { parseTransform, transformDdl } from '../../contract/partitioning.ts';
import { checkedStatement, quoteComment, quoteDdlName, quoteDdlTable, quoteText } from '../../sql/write.ts';
import type { RunScope } from '../scope.ts';
import { type ModelTable, type Staged, stageLocation, stageName, tableLocation } from './names.ts';

/** Properties of every Iceberg table (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html). */
const tableProperties: readonly (readonly [string, string])[] = [
  ['table_type', 'ICEBERG'],
  ['format', 'parquet'],
  ['write_compression', 'zstd'],
];

const columnDdl = (column: Contract['columns'][number]) =>
  `${quoteDdlName(column.name)} ${column.type}${column.description ? ` COMMENT ${quoteComment(column.description)}` : ''}`;

/** CREATE TABLE IF NOT EXISTS of an Iceberg table with these columns at this place. */
export function icebergTableSql(
  database: string,
  table: string,
  columns: readonly Contract['columns'][number][],
  partitioning: readonly string[],
  location: string,
): string {
  const partitions = partitioning.map((text) => transformDdl(parseTransform(text)));
  return [
    `CREATE TABLE IF NOT EXISTS ${quoteDdlTable(database, table)} (`,
    columns.map((column) => `  ${columnDdl(column)}`).join(',\n'),
    ')',
    ...(partitions.length ? [`PARTITIONED BY (${partitions.join(', ')})`] : []),
    `LOCATION ${quoteText(location)}`,
    `TBLPROPERTIES (${tableProperties.map(([name, value]) => `${quoteText(name)}=${quoteText(value)}`).join(', ')})`,
  ].join('\n');
}

/** The published table, if it does not exist yet. */
export const createTableSql = (model: ModelTable, lake: string): string =>
  checkedStatement(
    `CREATE TABLE of ${model.name}`,
    icebergTableSql(
      model.database,
      model.table,
      model.contract.columns,
      model.contract.partitioning ?? [],
      tableLocation(model, lake),
    ),
  );

/** Takes the table away with its rows, and creates it as its contract says. */
export const replaceTableSql = (model: ModelTable, lake: string): string[] => [
  `DROP TABLE IF EXISTS ${quoteDdlTable(model.database, model.table)}`,
  createTableSql(model, lake),
];

/** Changes of type that keep every value (https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-evolving-table-schema.html). */
function isWidening(from: string, to: string): boolean {
  if ((from === 'int' && to === 'bigint') || (from === 'float' && to === 'double')) return true;
  const decimal = /^decimal\((\d+),(\d+)\)$/;
  const [, fromPrecision, fromScale] = decimal.exec(from) ?? [];
  const [, toPrecision, toScale] = decimal.exec(to) ?? [];
  return fromScale !== undefined && fromScale === toScale && Number(toPrecision) > Number(fromPrecision);
}

/**
 * Statements that bring an existing table to its contract: new columns, widened types. Empty when it fits already.
 * @param existing columns as Glue has them (DDL types).
 * @param remade the run rebuilds every row: a column may go, and one of another type takes its place.
 * @throws RangeError for a change that would lose or reinterpret data, saying what to do instead.
 */
export function evolveSql(
  model: ModelTable,
  existing: readonly { readonly name: string; readonly type: string }[],
  remade = false,
): string[] {
  const table = quoteDdlTable(model.database, model.table);
  const present = new Map(existing.map((column) => [column.name.toLowerCase(), column.type.toLowerCase()]));
  const declared = new Set(model.contract.columns.map((column) => column.name));
  const refuse = (what: string): never => {
    throw new RangeError(
      `${model.contract.file}: ${what} in ${model.database}.${model.table}, which holds data. Let a run rebuild the table (leave --keep-old, --select, --from and --to out), or declare a new column or table`,
    );
  };
  const dropped = [...present.keys()].filter((name) => !declared.has(name));
  if (dropped.length > 0 && !remade) refuse(`the contract no longer declares column '${dropped[0]}'`);
  const differing = model.contract.columns.filter(
    ({ name, type }) => present.has(name) && present.get(name) !== type,
  );
  const widened = differing.filter((column) => isWidening(present.get(column.name) as string, column.type));
  const replaced = differing.filter((column) => !widened.includes(column));
  const [first] = replaced;
  if (first && !remade)
    refuse(`column '${first.name}' would change from ${present.get(first.name)} to ${first.type}`);
  const added = model.contract.columns.filter(
    (column) => !present.has(column.name) || replaced.includes(column),
  );
  return [
    ...[...dropped, ...replaced.map(({ name }) => name)].map(
      (name) => `ALTER TABLE ${table} DROP COLUMN ${quoteDdlName(name)}`,
    ),
    ...(added.length ? [`ALTER TABLE ${table} ADD COLUMNS (${added.map(columnDdl).join(', ')})`] : []),
    ...widened.map(
      (column) =>
        `ALTER TABLE ${table} CHANGE COLUMN ${quoteDdlName(column.name)} ${quoteDdlName(column.name)} ${column.type}`,
    ),
  ];
}

/**
 * CREATE TABLE … AS of a stage.
 * @param what it is called in an error
 */
export const createStageSql = (
  what: string,
  staged: Staged,
  scope: RunScope,
  attempt: number,
  select: string,
  partitioning: readonly string[] = [],
): string =>
  checkedStatement(
    what,
    `CREATE TABLE ${stageName(staged, scope, attempt)}\n` +
      "WITH (table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD', " +
      (partitioning.length > 0 ? `partitioning = ARRAY[${partitioning.map(quoteText).join(', ')}], ` : '') +
      `location = ${quoteText(stageLocation(staged, scope, attempt))})\nAS\n${select}`,
  );

/**
 * Folds small files and position deletes; Athena asks to be called again while it says there is more to do. The names are
 * plain, which a study's names are (`isPlainDdlName`).
 */
export const compactSql = (model: Pick<ModelTable, 'database' | 'table'>): string =>
  `OPTIMIZE ${model.database}.${model.table} REWRITE DATA USING BIN_PACK`;

/** Expires snapshots and removes the files that only they needed. */
export const vacuumSql = (model: Pick<ModelTable, 'database' | 'table'>): string =>
  `VACUUM ${model.database}.${model.table}`;
