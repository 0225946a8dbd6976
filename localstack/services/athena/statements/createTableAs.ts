/** CREATE TABLE AS: an Iceberg or a Hive table from a query, in one commit. */
import { createTableAs as createIcebergTableAs } from '../../../iceberg/index.ts';
import { type PropertyValue, type Statement, type Translation, translateQuery } from '../../../sql/index.ts';
import { parseType } from '../../../sql/types.ts';
import { OWN_CATALOG } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { parquetFormat, textFormat } from '../hive/formats.ts';
import { jsonSerdes } from '../hive/json.ts';
import { type FileFormat, writeFiles } from '../hive/write.ts';
import { hiveType } from '../hiveType.ts';
import { createResolver } from '../resolver.ts';
import { asFolder, type Outcome, type Session } from '../session.ts';
import { icebergProperties } from './icebergProperties.ts';
import { mostPartitionsWritten } from './limits.ts';
import { defaultLocation, requireEmpty } from './location.ts';
import { tableId } from './names.ts';
import { translateOptions } from './query.ts';

type Ctas = Extract<Statement, { kind: 'ctas' }>;
type Properties = Readonly<Record<string, PropertyValue>>;

const folded = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).map(([name, value]) => [name.toLowerCase(), value]));

/** Where Trino sees a fault of the statement as a whole. */
const start = { line: 1, column: 1 };

const texts = (value: PropertyValue | undefined) => (Array.isArray(value) ? value.map(String) : []);

const invalidProperty = (detail: string) => new QueryFailure('INVALID_TABLE_PROPERTY', detail);

/**
 * Whether the table is still to be made; false when there is one and the statement says IF NOT EXISTS.
 * @throws QueryFailure when there is no such database, and TABLE_ALREADY_EXISTS
 */
export async function isNewTable(
  session: Session,
  statement: Pick<Ctas, 'name' | 'ifNotExists'>,
): Promise<boolean> {
  const { database, table } = tableId(session, statement.name);
  const name = `${database}.${table}`;
  if (!(await session.catalog.database(database)))
    throw new QueryFailure('', `Database ${database} not found. Please check your query.`, { type: 1301 });
  if (await session.catalog.table(database, table)) {
    if (statement.ifNotExists) return false;
    throw new QueryFailure(
      'TABLE_ALREADY_EXISTS',
      `Destination table '${OWN_CATALOG}.${name}' already exists`,
      { position: start },
    );
  }
  return true;
}

export async function createTableAs(session: Session, statement: Ctas): Promise<Outcome> {
  const { database, table } = tableId(session, statement.name);
  if (!(await isNewTable(session, statement))) return { kind: 'written', rows: 0 };
  const properties = folded(statement.properties);
  const translated = await translateQuery(statement.query, createResolver(session), {
    ...translateOptions(session),
    target: 'table',
  });
  requireNames(translated);
  const query = statement.columnNames ? renamed(translated, statement.columnNames) : translated;
  checkColumns(query);
  const sql = statement.withData ? query.sql : `SELECT * FROM (${query.sql}) WHERE false`;
  session.progress.planned();
  if (String(properties.table_type ?? 'HIVE').toUpperCase() === 'ICEBERG')
    return intoIceberg(session, { database, table }, { ...query, sql }, properties);
  return intoHive(session, { database, table }, { ...query, sql }, properties, statement.comment);
}

const renamed = (query: Translation, names: readonly string[]): Translation => ({
  ...query,
  columns: query.columns.map((column, index) => ({ ...column, name: names[index] ?? column.name })),
});

/** Athena asks the query's columns for their names, whatever names the statement gives them. Source: as types.ts, statements.md */
function requireNames({ columns }: Translation): void {
  const unnamed = columns.findIndex(({ name }) => !name || /^_col\d+$/.test(name));
  if (unnamed >= 0)
    throw new QueryFailure('MISSING_COLUMN_NAME', `Column name not specified at position ${unnamed + 1}`, {
      position: start,
    });
}

function checkColumns({ columns }: Translation): void {
  const seen = new Set<string>();
  for (const [index, { name, type }] of columns.entries()) {
    if (seen.has(name.toLowerCase()))
      throw new QueryFailure('DUPLICATE_COLUMN_NAME', `Column name '${name}' specified more than once`, {
        position: start,
      });
    if (type === 'unknown')
      throw new QueryFailure('COLUMN_TYPE_UNKNOWN', `Column type is unknown at position ${index + 1}`, {
        position: start,
      });
    seen.add(name.toLowerCase());
  }
}

/** The column types that Iceberg has, as Trino's connector widens the others. */
function icebergType(type: string): string {
  const parsed = parseType(type);
  switch (parsed.kind) {
    case 'tinyint':
    case 'smallint':
      return 'int';
    case 'varchar':
    case 'json':
      return 'string';
    default:
      return hiveType(parsed);
  }
}

async function intoIceberg(
  session: Session,
  ref: { database: string; table: string },
  query: Translation,
  given: Properties,
): Promise<Outcome> {
  const {
    location: wanted,
    partitioning,
    external_location,
    partitioned_by,
    bucketed_by,
    bucket_count,
    ...rest
  } = given;
  for (const [name, value] of Object.entries({
    external_location,
    partitioned_by,
    bucketed_by,
    bucket_count,
  }))
    if (value !== undefined)
      throw invalidProperty(
        `The property '${name}' is for Hive tables; Iceberg tables take 'location' and 'partitioning'.`,
      );
  const location = wanted === undefined ? defaultLocation(session) : asFolder(String(wanted));
  await requireEmpty(session, location, `${ref.database}.${ref.table}`);
  const result = await createIcebergTableAs(session.lake.iceberg, session.connection, ref, {
    location,
    columns: query.columns.map(({ name, type }) => ({ name: name.toLowerCase(), type: icebergType(type) })),
    partitioning: texts(partitioning),
    properties: icebergProperties(rest),
    select: query.sql,
    maxOpenPartitions: mostPartitionsWritten,
  });
  return { kind: 'written', rows: result.addedRecords };
}

const compressions: Readonly<Record<string, string>> = {
  none: 'uncompressed',
  gzip: 'gzip',
  snappy: 'snappy',
  zstd: 'zstd',
};

function hiveFormat(given: Properties): {
  file: FileFormat;
  storage: typeof textFormat;
  serde: Record<string, string>;
} {
  const { format = 'PARQUET', write_compression, parquet_compression, field_delimiter } = given;
  const name = String(format).toUpperCase();
  const codec = String(write_compression ?? parquet_compression ?? 'GZIP').toLowerCase();
  const compression = compressions[codec];
  if (!compression || (name !== 'PARQUET' && compression === 'snappy'))
    throw invalidProperty(
      `write_compression is '${codec}'; allowed for ${name}: none, gzip, zstd${name === 'PARQUET' ? ', snappy' : ''}`,
    );
  switch (name) {
    case 'PARQUET':
      return {
        file: { kind: 'parquet', compression },
        storage: parquetFormat,
        serde: { 'serialization.format': '1' },
      };
    case 'JSON':
      return {
        file: { kind: 'json', compression },
        storage: { ...textFormat, serde: [...jsonSerdes][0]! },
        serde: { 'serialization.format': '1' },
      };
    case 'TEXTFILE': {
      const delimiter = String(field_delimiter ?? '\u0001');
      return {
        file: { kind: 'text', compression, delimiter },
        storage: textFormat,
        serde: { 'field.delim': delimiter, 'serialization.format': delimiter },
      };
    }
    default:
      throw new QueryFailure(
        'NOT_SUPPORTED',
        `The format '${name}' is not emulated; PARQUET, JSON and TEXTFILE are.`,
      );
  }
}

const hiveProperties = new Set([
  'table_type',
  'is_external',
  'format',
  'write_compression',
  'parquet_compression',
  'field_delimiter',
  'external_location',
  'partitioned_by',
]);

async function intoHive(
  session: Session,
  { database, table }: { database: string; table: string },
  query: Translation,
  given: Properties,
  comment: string | undefined,
): Promise<Outcome> {
  const unknown = Object.keys(given).find((name) => !hiveProperties.has(name));
  if (unknown)
    throw /^bucket/.test(unknown)
      ? new QueryFailure('NOT_SUPPORTED', `The property '${unknown}' (bucketing) is not emulated.`)
      : invalidProperty(`Catalog 'awsdatacatalog' table property '${unknown}' does not exist`);
  const partitionBy = texts(given.partitioned_by).map((name) => name.toLowerCase());
  const columns = query.columns.map(({ name, type }) => ({
    name: name.toLowerCase(),
    type: hiveType(parseType(type)),
  }));
  const last = columns.slice(columns.length - partitionBy.length).map(({ name }) => name);
  if (last.join() !== partitionBy.join())
    throw new QueryFailure(
      'HIVE_COLUMN_ORDER_MISMATCH',
      `Partition keys must be the last columns in the table and in the same order as the table properties: [${partitionBy.join(', ')}]`,
    );
  const { file, storage, serde } = hiveFormat(given);
  const location =
    given.external_location === undefined
      ? defaultLocation(session)
      : asFolder(String(given.external_location));
  await requireEmpty(session, location, `${database}.${table}`);
  const files = await writeFiles(
    session,
    query.sql,
    columns,
    partitionBy,
    location,
    file,
    mostPartitionsWritten,
  );
  const shown = (all: typeof columns) => all.map(({ name, type }) => ({ Name: name, Type: type }));
  const descriptor = {
    Columns: shown(columns.slice(0, columns.length - partitionBy.length)),
    Location: location,
    InputFormat: storage.inputFormat,
    OutputFormat: storage.outputFormat,
    SerdeInfo: { SerializationLibrary: storage.serde, Parameters: serde },
    Compressed: false,
    NumberOfBuckets: -1,
    BucketColumns: [],
    SortColumns: [],
    StoredAsSubDirectories: false,
  };
  await session.catalog.createTable(database, {
    Name: table,
    TableType: 'EXTERNAL_TABLE',
    Parameters: { EXTERNAL: 'TRUE', has_encrypted_data: 'false', ...(comment && { comment }) },
    PartitionKeys: shown(columns.slice(columns.length - partitionBy.length)),
    StorageDescriptor: descriptor,
  });
  if (files.partitions.length > 0)
    await session.catalog.createPartitions(
      database,
      table,
      files.partitions.map(({ values, location: place }) => ({
        Values: values,
        StorageDescriptor: { ...descriptor, Location: place },
      })),
    );
  return { kind: 'written', rows: files.rows, manifest: files.uris };
}
