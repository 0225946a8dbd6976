/** INSERT INTO a Hive table: new files, and the partitions that they open. */
import type { Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { lazySimple } from '../hive/csv.ts';
import { jsonSerdes } from '../hive/json.ts';
import { parquetSerde } from '../hive/parquet.ts';
import { isProjected } from '../hive/projection.ts';
import { hiveColumns } from '../hive/relation.ts';
import { type FileFormat, writeFiles } from '../hive/write.ts';
import { hiveType } from '../hiveType.ts';
import type { Outcome, Session } from '../session.ts';
import { mostPartitionsWritten } from './limits.ts';

function formatOf(table: Table): FileFormat {
  const serde = table.StorageDescriptor?.SerdeInfo;
  const library = serde?.SerializationLibrary ?? lazySimple;
  if (library === parquetSerde)
    return {
      kind: 'parquet',
      compression: (table.Parameters?.['parquet.compression'] ?? 'gzip').toLowerCase(),
    };
  if (jsonSerdes.has(library)) return { kind: 'json', compression: 'gzip' };
  if (library === lazySimple)
    return { kind: 'text', compression: 'gzip', delimiter: serde?.Parameters?.['field.delim'] ?? '\u0001' };
  throw new QueryFailure('NOT_SUPPORTED', `INSERT into a table with the serde ${library} is not supported`);
}

/** @param sql DuckDB SQL of full rows in the table's order, partition keys last */
export async function insertIntoHive(session: Session, table: Table, sql: string): Promise<Outcome> {
  const {
    DatabaseName: database,
    Name: name,
    StorageDescriptor: storage,
    Parameters: parameters = {},
  } = table;
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  if (isProjected(parameters) && parameters['storage.location.template'])
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `INSERT into ${database}.${name}: a table with storage.location.template is not emulated.`,
    );
  const columns = hiveColumns(table).map((column) => ({ name: column.name, type: hiveType(column.type) }));
  const files = await writeFiles(
    session,
    sql,
    columns,
    keys,
    storage?.Location ?? '',
    formatOf(table),
    mostPartitionsWritten,
  );
  if (!isProjected(parameters) && files.partitions.length > 0)
    await session.catalog.createPartitions(
      database,
      name,
      files.partitions.map(({ values, location }) => ({
        Values: values,
        StorageDescriptor: { ...storage, Location: location },
      })),
    );
  return { kind: 'written', rows: files.rows, manifest: files.uris };
}
