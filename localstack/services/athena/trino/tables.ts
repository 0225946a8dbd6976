/** CREATE TABLE AS in Trino's words: which catalog takes the table, and Athena's properties as that catalog's. */
import type { PropertyValue } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import { asFolder } from '../session.ts';
import { icebergProperties } from '../statements/icebergProperties.ts';

type Properties = Readonly<Record<string, PropertyValue>>;

export interface TrinoTable {
  readonly catalog: 'awsdatacatalog' | 'iceberg';
  readonly location: string;
  /** `WITH (…)`, values as SQL. */
  readonly properties: Readonly<Record<string, string>>;
  /** Session properties under which it is filled. */
  readonly session: Readonly<Record<string, string>>;
  /** Iceberg's own properties that Trino does not take, to be set afterwards. */
  readonly afterwards: Readonly<Record<string, string>>;
}

const invalidProperty = (detail: string) => new QueryFailure('INVALID_TABLE_PROPERTY', detail);

const textSql = (text: string) => `'${text.replaceAll("'", "''")}'`;

/** A property's value as an SQL literal. */
export function valueSql(value: PropertyValue): string {
  if (typeof value === 'string') return textSql(value);
  if (typeof value === 'object') return `ARRAY[${value.map(valueSql).join(', ')}]`;
  return String(value);
}

/** What Athena calls codecs, by Trino's names; ORC's ZLIB and Avro's DEFLATE are what Trino writes for GZIP. */
const codecs: Readonly<Record<string, string>> = {
  none: 'NONE',
  uncompressed: 'NONE',
  snappy: 'SNAPPY',
  lz4: 'LZ4',
  zstd: 'ZSTD',
  gzip: 'GZIP',
  zlib: 'GZIP',
  deflate: 'GZIP',
};

/** @throws QueryFailure INVALID_TABLE_PROPERTY for a codec that Trino does not write */
export function trinoCodec(codec: string, property: string): string {
  const found = codecs[codec.toLowerCase()];
  if (!found) throw invalidProperty(`${property} is '${codec}'; allowed: ${Object.keys(codecs).join(', ')}`);
  return found;
}

const hiveFormats = ['PARQUET', 'ORC', 'AVRO', 'JSON', 'TEXTFILE'];

/** @throws QueryFailure NOT_SUPPORTED for a format that Athena does not write */
export function hiveFormat(format: PropertyValue | undefined, what: string): string {
  const name = String(format ?? 'PARQUET').toUpperCase();
  if (!hiveFormats.includes(name))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `${what} is '${String(format)}'; allowed: ${hiveFormats.join(', ')}.`,
    );
  return name;
}

const hiveOnly = ['external_location', 'partitioned_by', 'bucketed_by', 'bucket_count'];

/**
 * @param given the properties by their names in lower case
 * @param defaultLocation where a table without a location goes
 * @throws QueryFailure for a property that Athena does not take for this kind of table
 */
export function trinoTable(given: Properties, defaultLocation: string): TrinoTable {
  return String(given.table_type ?? 'HIVE').toUpperCase() === 'ICEBERG'
    ? icebergTable(given, defaultLocation)
    : hiveTable(given, defaultLocation);
}

function icebergTable(given: Properties, defaultLocation: string): TrinoTable {
  const wrong = hiveOnly.find((name) => given[name] !== undefined);
  if (wrong)
    throw invalidProperty(
      `The property '${wrong}' is for Hive tables; Iceberg tables take 'location' and 'partitioning'.`,
    );
  const { location: wanted, partitioning, ...rest } = given;
  const location = wanted === undefined ? defaultLocation : asFolder(String(wanted));
  const kept = Object.entries(icebergProperties(rest)).filter(([name]) => name !== 'write.format.default');
  const codec = kept.find(([name]) => name === 'write.parquet.compression-codec')?.[1];
  // Keys of Iceberg itself are refused by Trino, and zstd is what it sets by default.
  const isIcebergs = ([name, value]: readonly [string, string]) =>
    name.startsWith('write.') && !(name === 'write.parquet.compression-codec' && value === 'zstd');
  const extra = kept.filter(([name]) => !name.startsWith('write.'));
  return {
    catalog: 'iceberg',
    location,
    properties: {
      format: "'PARQUET'",
      location: textSql(location),
      ...(partitioning !== undefined && { partitioning: valueSql(partitioning) }),
      ...(extra.length > 0 && {
        extra_properties: `MAP(ARRAY[${extra.map(([name]) => textSql(name)).join(', ')}], ARRAY[${extra
          .map(([, value]) => textSql(value))
          .join(', ')}])`,
      }),
    },
    session: codec ? { 'iceberg.compression_codec': trinoCodec(codec, 'write_compression') } : {},
    afterwards: Object.fromEntries(kept.filter(isIcebergs)),
  };
}

function hiveTable(given: Properties, defaultLocation: string): TrinoTable {
  const {
    table_type: _type,
    is_external: _external,
    format,
    write_compression,
    parquet_compression,
    orc_compression,
    field_delimiter,
    external_location,
    partitioned_by,
    bucketed_by,
    bucket_count,
    ...others
  } = given;
  const unknown = Object.keys(others)[0];
  if (unknown) throw invalidProperty(`Catalog 'awsdatacatalog' table property '${unknown}' does not exist`);
  const location = external_location === undefined ? defaultLocation : asFolder(String(external_location));
  const name = hiveFormat(format, 'format');
  const codec = write_compression ?? parquet_compression ?? orc_compression;
  const lists = { partitioned_by, bucketed_by };
  return {
    catalog: 'awsdatacatalog',
    location,
    properties: {
      format: textSql(name),
      external_location: textSql(location),
      ...Object.fromEntries(
        Object.entries(lists).flatMap(([property, value]) =>
          value === undefined ? [] : [[property, valueSql(lowerCase(value))]],
        ),
      ),
      ...(bucket_count !== undefined && { bucket_count: valueSql(bucket_count) }),
      ...(field_delimiter !== undefined && { textfile_field_separator: valueSql(field_delimiter) }),
    },
    session:
      codec === undefined
        ? {}
        : { 'awsdatacatalog.compression_codec': trinoCodec(String(codec), 'write_compression') },
    afterwards: {},
  };
}

const lowerCase = (value: PropertyValue): PropertyValue =>
  typeof value === 'object' ? value.map(lowerCase) : String(value).toLowerCase();

export const quotedName = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** All of `CREATE TABLE … AS` that is before the query. */
export function createHead(
  table: Pick<TrinoTable, 'properties'> & {
    readonly name: readonly string[];
    readonly columnNames?: readonly string[] | undefined;
    readonly comment?: string | undefined;
  },
): string {
  const properties = Object.entries(table.properties).map(([name, value]) => `${name} = ${value}`);
  return [
    `CREATE TABLE ${table.name.map(quotedName).join('.')}`,
    ...(table.columnNames ? [`(${table.columnNames.map(quotedName).join(', ')})`] : []),
    ...(table.comment === undefined ? [] : [`COMMENT ${textSql(table.comment)}`]),
    `WITH (${properties.join(', ')}) AS`,
  ].join(' ');
}
