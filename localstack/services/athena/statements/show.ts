/** SHOW: what the catalog holds, as lines of text. */
import { linearPattern, PatternNotTakenError } from '../../../core/linearPattern.ts';
import { columnsOf, loadTable, partitioningOf } from '../../../iceberg/index.ts';
import { formatQuery, type ShowStatement, SqlError } from '../../../sql/index.ts';
import { isIceberg, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { textColumn } from '../results/columns.ts';
import type { Outcome, Session } from '../session.ts';
import { isView, storedView, viewColumns } from '../view.ts';
import { shownIcebergProperties } from './icebergProperties.ts';
import { ddlFailure, notForIceberg, requireDatabase, requireTable, semanticFailure } from './names.ts';

type Lines = Extract<Outcome, { kind: 'text' }>;

const lines = (column: string, texts: readonly string[], type?: 'varchar'): Lines => ({
  kind: 'text',
  columns: [textColumn(column, type)],
  rows: texts.map((text) => [text]),
});

/** SHOW DATABASES takes a regular expression for whole names, in which a lone `*` is everything; case counts. */
function databasesLike(pattern: string | undefined, names: readonly string[]): readonly string[] {
  if (pattern === undefined || pattern === '*') return names;
  try {
    new RegExp(pattern);
    return names.filter(linearPattern(pattern));
  } catch (cause) {
    if (cause instanceof PatternNotTakenError)
      throw new QueryFailure('NOT_SUPPORTED', cause.message, { cause });
    throw ddlFailure(
      `MetaException(message:Unable to get databases: java.util.regex.PatternSyntaxException: ${pattern})`,
    );
  }
}

/** Hive's pattern: `*` is anything, `|` is or; it is not SQL's LIKE. */
function tablesLike(pattern: string | undefined, names: readonly string[]): readonly string[] {
  if (pattern === undefined) return names;
  const alternatives = pattern.split('|').map((part) =>
    part
      .trim()
      .split('*')
      .map((text) => text.replace(/[\\^$+?()[\]{}]/g, '\\$&'))
      .join('.*'),
  );
  return names.filter(linearPattern(alternatives.join('|'), { ignoreCase: true }));
}

export async function show(session: Session, statement: ShowStatement): Promise<Outcome> {
  switch (statement.what) {
    case 'databases': {
      const names = (await session.catalog.databases()).map((database) => database.Name);
      return lines('database_name', databasesLike(statement.like, names));
    }
    case 'tables':
    case 'views': {
      const database = (statement.database ?? session.database).toLowerCase();
      await requireDatabase(session, database);
      const tables = await session.catalog.tables(database);
      const wanted = statement.what === 'tables' ? tables : tables.filter(isView);
      return lines(
        statement.what === 'tables' ? 'tab_name' : 'views',
        tablesLike(
          statement.like,
          wanted.map((table) => table.Name),
        ),
        statement.what === 'views' ? 'varchar' : undefined,
      );
    }
    case 'columns': {
      const table = await requireTable(session, statement.name);
      if (isView(table)) return viewColumns(table);
      const columns = [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])];
      const width = isIceberg(table) ? 0 : 20;
      return lines(
        'field',
        columns.map((column) => column.Name.padEnd(width)),
      );
    }
    case 'partitions':
      return showPartitions(session, await requireTable(session, statement.name));
    case 'tblproperties': {
      const table = await requireTable(session, statement.name);
      const properties = isIceberg(table)
        ? shownIcebergProperties((await loadTable(session.lake.iceberg, refOf(table))).metadata.properties)
        : (table.Parameters ?? {});
      return shownProperties(properties, table, statement.property);
    }
    case 'create-table':
      return createTableText(session, await requireTable(session, statement.name));
    case 'create-view': {
      const table = await requireTable(session, statement.name);
      if (!isView(table))
        throw new QueryFailure('NOT_SUPPORTED', `${table.DatabaseName}.${table.Name} is not a view`);
      return lines(
        'create view',
        `CREATE VIEW ${table.DatabaseName}.${table.Name} AS\n${viewText(session, table)}`.split('\n'),
        'varchar',
      );
    }
  }
}

/** A view's query as Athena writes it; one that only Trino can read stays as it is. */
function viewText(session: Session, table: Table): string {
  const { originalSql } = storedView(table);
  try {
    return formatQuery(originalSql, session.trino ? 'decimal' : 'double');
  } catch (cause) {
    if (!(cause instanceof SqlError && session.trino)) throw cause;
    return originalSql;
  }
}

const refOf = (table: Table) => ({ database: table.DatabaseName, table: table.Name });

function shownProperties(
  properties: Readonly<Record<string, string>>,
  table: Table,
  wanted: string | undefined,
): Outcome {
  const columns = [textColumn('prpt_name'), textColumn('prpt_value')];
  if (wanted !== undefined) {
    const value = properties[wanted];
    return {
      kind: 'text',
      columns,
      rows: [[value ?? `Table ${table.DatabaseName}.${table.Name} does not have property: ${wanted}`]],
    };
  }
  return {
    kind: 'text',
    columns,
    rows: Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

async function showPartitions(session: Session, table: Table): Promise<Outcome> {
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  if (isIceberg(table)) throw notForIceberg();
  if (keys.length === 0) throw semanticFailure(10241, `Table ${table.Name} is not a partitioned table`);
  const partitions = await session.catalog.partitions(table.DatabaseName, table.Name);
  return lines(
    'partition',
    partitions.map(({ Values }) => keys.map((key, index) => `${key}=${Values[index]}`).join('/')),
  );
}

/** As Hive writes a string into its DDL (HiveStringUtils.escapeHiveCommand). */
const quoted = (text: string) =>
  `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}'`;

const propertyLines = (properties: Readonly<Record<string, string>>) =>
  Object.entries(properties)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `  ${quoted(name)}=${quoted(value)}`)
    .join(', \n');

const columnLines = (columns: readonly { Name: string; Type?: string; Comment?: string }[]) =>
  columns
    .map(
      ({ Name, Type, Comment }) =>
        `  \`${Name}\` ${Type ?? 'string'}${Comment ? ` COMMENT ${quoted(Comment)}` : ''}`,
    )
    .join(', \n');

async function createTableText(session: Session, table: Table): Promise<Outcome> {
  if (isView(table))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `${table.DatabaseName}.${table.Name} is a view: SHOW CREATE VIEW shows it.`,
    );
  const text = isIceberg(table) ? await icebergText(session, table) : hiveText(table);
  const shown = lines('createtab_stmt', text.split('\n'));
  return isIceberg(table) ? shown : { ...shown, counted: false };
}

async function icebergText(session: Session, table: Table): Promise<string> {
  const { metadata } = await loadTable(session.lake.iceberg, refOf(table));
  const columns = columnsOf(metadata).map(
    ({ name, athenaType, comment }) =>
      `  ${ddlName(name)} ${athenaType}${comment ? ` COMMENT ${quoted(comment)}` : ''}`,
  );
  const partitioning = partitioningOf(metadata).map((term) => term.replace(/([a-z_]\w*)(\)?)$/i, '`$1`$2'));
  const properties = Object.entries({
    table_type: 'iceberg',
    ...shownIcebergProperties(metadata.properties),
  }).map(([name, value]) => `  ${quoted(name)}=${quoted(value)}`);
  return [
    `CREATE TABLE ${table.DatabaseName}.${table.Name} (`,
    `${columns.join(',\n')})`,
    ...(partitioning.length > 0 ? [`PARTITIONED BY (${partitioning.join(', ')})`] : []),
    `LOCATION ${quoted(metadata.location)}`,
    'TBLPROPERTIES (',
    properties.join(',\n'),
    ');',
  ].join('\n');
}

/** A name as DDL takes it: in backticks where it is not a plain word. */
const ddlName = (name: string) =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;

function hiveText(table: Table): string {
  const storage = table.StorageDescriptor ?? {};
  const serde = storage.SerdeInfo;
  const keys = table.PartitionKeys ?? [];
  const comment = table.Parameters?.comment;
  const { EXTERNAL: _external, comment: _comment, ...properties } = table.Parameters ?? {};
  return [
    `CREATE EXTERNAL TABLE \`${table.DatabaseName}.${table.Name}\`(`,
    `${columnLines(storage.Columns ?? [])})`,
    ...(comment ? [`COMMENT ${quoted(comment)}`] : []),
    ...(keys.length > 0 ? ['PARTITIONED BY ( ', `${columnLines(keys)})`] : []),
    'ROW FORMAT SERDE ',
    `  ${quoted(serde?.SerializationLibrary ?? '')} `,
    ...(Object.keys(serde?.Parameters ?? {}).length > 0
      ? ['WITH SERDEPROPERTIES ( ', `${propertyLines(serde!.Parameters!)}) `]
      : []),
    'STORED AS INPUTFORMAT ',
    `  ${quoted(storage.InputFormat ?? '')} `,
    'OUTPUTFORMAT ',
    `  ${quoted(storage.OutputFormat ?? '')}`,
    'LOCATION',
    `  ${quoted(storage.Location ?? '')}`,
    'TBLPROPERTIES (',
    `${propertyLines(properties)})`,
  ].join('\n');
}
