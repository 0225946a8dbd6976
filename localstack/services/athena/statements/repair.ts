/** MSCK REPAIR TABLE: partition folders in S3 that the catalog does not know are added to it. */
import type { Statement } from '../../../sql/index.ts';
import { partitionOfKey } from '../hive/folders.ts';
import { textColumn } from '../results/columns.ts';
import { asFolder, type Outcome, type Session, s3Location } from '../session.ts';
import { requireTable, semanticFailure } from './names.ts';

export async function repair(
  session: Session,
  { name }: Extract<Statement, { kind: 'msck' }>,
): Promise<Outcome> {
  const table = await requireTable(session, name);
  const keys = (table.PartitionKeys ?? []).map((key) => key.Name);
  if (keys.length === 0)
    throw semanticFailure(10241, `Table ${table.DatabaseName}.${table.Name} is not a partitioned table`);
  const location = asFolder(table.StorageDescriptor?.Location ?? '');
  const { bucket, key: prefix } = s3Location(location);
  const found = new Map<string, string[]>();
  for await (const object of session.lake.store.list(bucket, prefix)) {
    const partition = partitionOfKey(object.key.slice(prefix.length), keys);
    if (partition) found.set(partition.folder, partition.values);
  }
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
      StorageDescriptor: { ...table.StorageDescriptor, Location: `${location}${folder}` },
    })),
  );
  const lines = fresh.flatMap(([folder]) => [
    [`Partitions not in metastore:\t${table.Name}:${folder.slice(0, -1)}`],
    [`Repair: Added partition to metastore ${table.Name}:${folder.slice(0, -1)}`],
  ]);
  return { kind: 'text', columns: [textColumn('result')], rows: lines };
}
