/** CREATE EXTERNAL TABLE: a Hive table over files that somebody else writes. */
import type { Statement } from '../../../sql/index.ts';
import type { TableInput } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { lazySimple, openCsv } from '../hive/csv.ts';
import { storageFormats, textFormat, trinoSerdes, trinoStorageFormats } from '../hive/formats.ts';
import { jsonSerdes } from '../hive/json.ts';
import { parquetSerde } from '../hive/parquet.ts';
import { type Outcome, type Session, s3Location, withoutSlash } from '../session.ts';
import { requireDatabase, semanticFailure, tableExists, tableId } from './names.ts';

type CreateExternalTable = Extract<Statement, { kind: 'create-external-table' }>;

const knownSerdes = new Set([...jsonSerdes, lazySimple, openCsv, parquetSerde]);

function storage({ storedAs, rowFormat }: CreateExternalTable, onTrino: boolean) {
  const formats = onTrino ? trinoStorageFormats : storageFormats;
  const format =
    storedAs && 'inputFormat' in storedAs
      ? { ...storedAs, serde: lazySimple }
      : formats[storedAs?.format.toUpperCase() ?? 'TEXTFILE'];
  if (!format)
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `STORED AS ${(storedAs as { format: string }).format} is not emulated; ${Object.keys(formats).join(', ')} are.`,
    );
  const library = rowFormat?.serde ?? (rowFormat?.delimited ? textFormat.serde : format.serde);
  if (!knownSerdes.has(library) && !(onTrino && trinoSerdes.includes(library)))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `The serde ${library} is not emulated; JSON, CSV and Parquet are${onTrino ? ', and ORC, Avro and RegexSerDe' : ''}.`,
    );
  const delimited = rowFormat?.delimited;
  const parameters = {
    'serialization.format': delimited?.['field.delim'] ?? '1',
    ...delimited,
    ...rowFormat?.serdeProperties,
  };
  return { format, serde: { SerializationLibrary: library, Parameters: parameters } };
}

export async function createExternalTable(
  session: Session,
  statement: CreateExternalTable,
): Promise<Outcome> {
  const { database, table } = tableId(session, statement.name);
  await requireDatabase(session, database);
  if (await session.catalog.table(database, table)) {
    if (statement.ifNotExists) return { kind: 'done' };
    throw tableExists(table);
  }
  if (statement.clusteredBy) throw new QueryFailure('NOT_SUPPORTED', 'CLUSTERED BY is not emulated.');
  if (!statement.location)
    throw new QueryFailure('', 'No location was specified for table. An S3 location must be specified');
  s3Location(statement.location);
  const twice = statement.columns.find(
    ({ name }, index) => statement.columns.findIndex((other) => other.name === name) < index,
  );
  // Hive's ErrorMsg.DUPLICATE_COLUMN_NAMES.
  if (twice) throw semanticFailure(10036, `Duplicate column name: ${twice.name}`);
  const repeated = statement.partitionedBy.find(({ name }) =>
    statement.columns.some((column) => column.name === name),
  );
  if (repeated) throw semanticFailure(10035, 'Column repeated in partitioning columns');
  const { format, serde } = storage(statement, session.trino !== undefined);
  const columns = (all: CreateExternalTable['columns']) =>
    all.map(({ name, type, comment }) => ({ Name: name, Type: type, ...(comment && { Comment: comment }) }));
  const input: TableInput = {
    Name: table,
    TableType: 'EXTERNAL_TABLE',
    Owner: 'hadoop',
    Parameters: {
      EXTERNAL: 'TRUE',
      transient_lastDdlTime: String(Math.floor(session.now.getTime() / 1000)),
      ...(statement.comment && { comment: statement.comment }),
      ...statement.properties,
    },
    PartitionKeys: columns(statement.partitionedBy),
    StorageDescriptor: {
      Columns: columns(statement.columns),
      Location: withoutSlash(statement.location),
      InputFormat: format.inputFormat,
      OutputFormat: format.outputFormat,
      SerdeInfo: serde,
      Compressed: false,
      NumberOfBuckets: -1,
      BucketColumns: [],
      SortColumns: [],
      Parameters: {},
      StoredAsSubDirectories: false,
    },
  };
  await session.catalog.createTable(database, input);
  return { kind: 'done' };
}
