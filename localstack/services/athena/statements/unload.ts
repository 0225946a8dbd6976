/** UNLOAD: a query's rows as files, with a manifest of them. */
import { type Statement, translateQuery } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import { type FileFormat, writeFiles } from '../hive/write.ts';
import { createResolver } from '../resolver.ts';
import { asFolder, type Outcome, type Session, s3Location } from '../session.ts';
import { mostPartitionsWritten } from './limits.ts';
import { translateOptions } from './query.ts';

type Unload = Extract<Statement, { kind: 'unload' }>;

const codecs: Readonly<Record<FileFormat['kind'], readonly string[]>> = {
  parquet: ['gzip', 'snappy', 'zstd', 'none'],
  json: ['gzip', 'zstd', 'none'],
  text: ['gzip', 'zstd', 'none'],
};

/** https://docs.aws.amazon.com/athena/latest/ug/unload.html */
function formatOf(properties: Unload['properties']): FileFormat {
  const {
    format,
    compression = 'gzip',
    field_delimiter = ',',
    partitioned_by: _partitions,
    ...others
  } = properties;
  const unknown = Object.keys(others)[0];
  if (unknown)
    throw new QueryFailure('INVALID_TABLE_PROPERTY', `UNLOAD property '${unknown}' is not emulated`);
  const kind = ({ PARQUET: 'parquet', JSON: 'json', TEXTFILE: 'text' } as const)[
    String(format).toUpperCase()
  ];
  if (!kind)
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `UNLOAD's format '${format}' is not emulated; PARQUET, JSON and TEXTFILE are.`,
    );
  const codec = String(compression).toLowerCase();
  if (!codecs[kind].includes(codec))
    throw new QueryFailure(
      'INVALID_TABLE_PROPERTY',
      `compression is '${codec}'; allowed for ${kind}: ${codecs[kind].join(', ')}`,
    );
  return {
    kind,
    compression: codec === 'none' ? 'uncompressed' : codec,
    ...(kind === 'text' && { delimiter: String(field_delimiter) }),
  };
}

/** @throws QueryFailure HIVE_PATH_ALREADY_EXISTS when there is an object below the location */
export async function requireNothingUnloaded(session: Session, location: string): Promise<void> {
  const { bucket, key } = s3Location(location);
  for await (const object of session.lake.store.list(bucket, key))
    throw new QueryFailure(
      'HIVE_PATH_ALREADY_EXISTS',
      `Target directory for UNLOAD already exists: ${location} has ${object.key}`,
    );
}

export async function unload(session: Session, statement: Unload): Promise<Outcome> {
  const location = asFolder(statement.location);
  const format = formatOf(statement.properties);
  const { partitioned_by: given } = statement.properties;
  const partitionBy = (Array.isArray(given) ? given : []).map((name) => String(name).toLowerCase());
  await requireNothingUnloaded(session, location);
  const { sql, columns } = await translateQuery(statement.query, createResolver(session), {
    ...translateOptions(session),
    target: 'table',
  });
  const twice = columns.find(({ name }, index) => columns.findIndex((other) => other.name === name) < index);
  if (twice)
    throw new QueryFailure('DUPLICATE_COLUMN_NAME', `Column name '${twice.name}' specified more than once`);
  session.progress.planned();
  const files = await writeFiles(session, sql, columns, partitionBy, location, format, mostPartitionsWritten);
  return { kind: 'written', rows: files.rows, manifest: files.uris };
}
