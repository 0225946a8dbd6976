/**
 * `information_schema`: the catalog as tables, which is how Athena lists databases, tables and columns to a query.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html
 */
import { type BaseTable, type ScanNeed, SqlError } from '../../sql/index.ts';
import { parseType, physicalType, type Type, typeText } from '../../sql/types.ts';
import { isIceberg, OWN_CATALOG, type Table } from './catalog.ts';
import { identifier, literal } from './hive/duckText.ts';
import { hiveColumns } from './hive/relation.ts';
import type { Session } from './session.ts';
import { isView, storedView } from './view.ts';

export const informationSchema = 'information_schema';

type Cell = string | number | null;

interface Listing {
  /** Column names with their types, all varchar unless named. */
  readonly columns: readonly string[];
  readonly types?: Readonly<Record<string, string>>;
  /** The column that names the database: a condition on it spares the others. */
  readonly database: string;
  rows(session: Session, databases: readonly string[]): Promise<Cell[][]>;
}

/** A type as Trino displays it: blanks after commas, field names in quotes. */
function displayed(type: Type): string {
  switch (type.kind) {
    case 'array':
      return `array(${displayed(type.element)})`;
    case 'map':
      return `map(${displayed(type.key)}, ${displayed(type.value)})`;
    case 'row':
      return `row(${type.fields
        .map(({ name, type: field }) => (name ? `"${name}" ${displayed(field)}` : displayed(field)))
        .join(', ')})`;
    default:
      return typeText(type);
  }
}

const everyTable = async (session: Session, databases: readonly string[]): Promise<Table[]> =>
  (await Promise.all(databases.map((database) => session.catalog.tables(database)))).flat();

function columnRows(table: Table): Cell[][] {
  const place = [OWN_CATALOG, table.DatabaseName, table.Name];
  const keys = new Set((table.PartitionKeys ?? []).map((key) => key.Name));
  const comments = new Map(
    [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])].map((column) => [
      column.Name,
      column.Comment ?? null,
    ]),
  );
  const columns = isView(table)
    ? storedView(table).columns
    : hiveColumns(table).map(({ name, type }) => ({
        name,
        // Iceberg's timestamps count microseconds.
        type: type.kind === 'timestamp' && isIceberg(table) ? 'timestamp(6)' : displayed(type),
      }));
  return columns.map(({ name, type }, index) => [
    ...place,
    name,
    index + 1,
    null,
    'YES',
    type,
    comments.get(name) ?? null,
    keys.has(name) ? 'partition key' : null,
  ]);
}

const listings: Readonly<Record<string, Listing>> = {
  schemata: {
    columns: ['catalog_name', 'schema_name'],
    database: 'schema_name',
    rows: async (_session, databases) => databases.map((database) => [OWN_CATALOG, database]),
  },
  tables: {
    columns: ['table_catalog', 'table_schema', 'table_name', 'table_type'],
    database: 'table_schema',
    rows: async (session, databases) =>
      (await everyTable(session, databases)).map((table) => [
        OWN_CATALOG,
        table.DatabaseName,
        table.Name,
        isView(table) ? 'VIEW' : 'BASE TABLE',
      ]),
  },
  views: {
    columns: ['table_catalog', 'table_schema', 'table_name', 'view_definition'],
    database: 'table_schema',
    rows: async (session, databases) =>
      (await everyTable(session, databases))
        .filter(isView)
        .map((table) => [OWN_CATALOG, table.DatabaseName, table.Name, storedView(table).originalSql]),
  },
  columns: {
    columns: [
      'table_catalog',
      'table_schema',
      'table_name',
      'column_name',
      'ordinal_position',
      'column_default',
      'is_nullable',
      'data_type',
      'comment',
      'extra_info',
    ],
    types: { ordinal_position: 'bigint' },
    database: 'table_schema',
    rows: async (session, databases) => (await everyTable(session, databases)).flatMap(columnRows),
  },
};

/** @throws SqlError TABLE_NOT_FOUND */
export function informationSchemaTable(session: Session, name: string): BaseTable {
  const listing = Object.hasOwn(listings, name) ? listings[name] : undefined;
  if (!listing)
    throw new SqlError(
      'TABLE_NOT_FOUND',
      `Table '${OWN_CATALOG}.${informationSchema}.${name}' does not exist`,
    );
  const columns = listing.columns.map((column) => ({
    name: column,
    type: listing.types?.[column] ?? 'varchar',
  }));
  return {
    columns,
    async relation({ predicates }: ScanNeed) {
      const [named] = predicates.flatMap((predicate) =>
        predicate.column === listing.database && (predicate.operator === '=' || predicate.operator === 'in')
          ? [predicate.values]
          : [],
      );
      const all = (await session.catalog.databases()).map((database) => database.Name);
      const databases = named ? all.filter((database) => named.includes(database)) : all;
      const rows = await listing.rows(session, databases);
      const header = columns.map(
        ({ name: column, type }, index) =>
          `CAST(col${index} AS ${physicalType(parseType(type))}) AS ${identifier(column)}`,
      );
      const cells = (row: readonly Cell[]) =>
        `(${row.map((cell) => (cell === null ? 'NULL' : literal(String(cell)))).join(', ')})`;
      const values = rows.length > 0 ? rows.map(cells) : [`(${columns.map(() => 'NULL').join(', ')})`];
      return `(SELECT ${header.join(', ')} FROM (VALUES ${values.join(', ')})${rows.length > 0 ? '' : ' WHERE false'})`;
    },
  };
}
