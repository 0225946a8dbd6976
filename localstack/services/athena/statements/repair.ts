/** MSCK REPAIR TABLE: partition folders in S3 that the catalog does not know are added to it. */
import type { Statement } from '../../../sql/index.ts';
import { isIceberg } from '../catalog.ts';
import { partitionOfKey } from '../hive/folders.ts';
import { asFolder, type Outcome, type Session, s3Location, withoutSlash } from '../session.ts';
import { notForIceberg, semanticFailure, tableId } from './names.ts';

export async function repair(
  session: Session,
  { name }: Extract<Statement, { kind: 'msck' }>,
): Promise<Outcome> {
  const { database, table: tableName } = tableId(session, name);
  const table = await session.catalog.table(database, tableName);
  // Hive's own tool reports it, and succeeds.
  if (!table) return reported([`Tables not in metastore:\t${tableName}`]);
  if (isIceberg(table)) throw notForIceberg();
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  if (keys.length === 0)
    throw semanticFailure(10241, `Table ${table.DatabaseName}.${table.Name} is not a partitioned table`);
  const location = asFolder(table.StorageDescriptor?.Location ?? '');
  const { bucket, key: prefix } = s3Location(location);
  const found = new Map<string, string[]>();
  let isThere = false;
  for await (const object of session.lake.store.list(bucket, prefix)) {
    isThere = true;
    const partition = partitionOfKey(object.key.slice(prefix.length), keys);
    if (partition) found.set(partition.folder, partition.values);
  }
  if (!isThere) return reported([`Tables missing on filesystem:\t${table.Name}`]);
  const known = new Set(
    (await session.catalog.partitions(table.DatabaseName, table.Name)).map(({ Values }) =>
      JSON.stringify(Values),
    ),
  );
  const fresh = [...found].filter(([, values]) => !known.has(JSON.stringify(values)));
  await session.catalog.createPartitions(
    table.DatabaseName,
    table.Name,
    fresh.map(([folder, values]) => ({
      Values: values,
      StorageDescriptor: { ...table.StorageDescriptor, Location: withoutSlash(`${location}${folder}`) },
    })),
  );
  return reported(
    fresh.flatMap(([folder]) => [
      `Partitions not in metastore:\t${table.Name}:${folder.slice(0, -1)}`,
      `Repair: Added partition to metastore ${table.Name}:${folder.slice(0, -1)}`,
    ]),
  );
}

/** The answer has lines but no column, and no count. Source: as types.ts, statements.md */
const reported = (texts: readonly string[]): Outcome => ({
  kind: 'text',
  columns: [],
  rows: texts.map((text) => [text]),
  counted: false,
});
