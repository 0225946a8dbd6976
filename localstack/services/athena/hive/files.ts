/** Lists the objects that a Hive table's scan reads, each with its partition. */
import type { Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { asFolder, type Session, s3Location } from '../session.ts';
import { allows, type Constraints, comparatorOf } from './constraint.ts';
import { isProjected, layOut, projectedColumns } from './projection.ts';

export interface HiveFile {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** A local file with the object's bytes. */
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: Date;
  /** The partition's values as text; NULL for Hive's default partition. */
  readonly partition: Readonly<Record<string, string | null>>;
}

export const bytesOf = (files: readonly HiveFile[]) => files.reduce((sum, file) => sum + file.size, 0);

/** A few files that are far from each other, to learn from what most of them are like. */
export const someOf = (files: readonly HiveFile[]): HiveFile[] => [
  ...new Set([0, files.length >> 1, files.length - 1].map((index) => files[index]!)),
];

/** Read off the name, as Hive does. @throws QueryFailure for one that cannot be read here */
export function compressionOf(file: HiveFile): string {
  if (file.uri.endsWith('.gz')) return 'gzip';
  if (file.uri.endsWith('.zst')) return 'zstd';
  for (const unsupported of ['.bz2', '.snappy', '.lz4', '.deflate'])
    if (file.uri.endsWith(unsupported))
      throw new QueryFailure(
        'NOT_SUPPORTED',
        `'${file.uri}': ${unsupported} files are not emulated; gzip and zstd are.`,
      );
  return 'uncompressed';
}

/** How Hive writes a NULL partition value. */
export const defaultPartition = '__HIVE_DEFAULT_PARTITION__';

/** Hive leaves objects out whose name, or a folder's below the location, begins with `_` or `.`. */
const isHidden = (relativeKey: string) => /(^|\/)[_.]/.test(relativeKey);

interface Place {
  readonly location: string;
  partitionOf(uri: string): Readonly<Record<string, string | null>> | undefined;
}

/** @throws QueryFailure for a projection that cannot be read or that lacks what it needs. */
async function places(session: Session, table: Table, constraints: Constraints): Promise<Place[]> {
  const keys = (table.PartitionKeys ?? []).map((key) => ({ name: key.Name, type: key.Type ?? 'string' }));
  const location = table.StorageDescriptor?.Location;
  if (keys.length === 0) {
    if (!location)
      throw new QueryFailure(
        'HIVE_INVALID_METADATA',
        `Table ${table.DatabaseName}.${table.Name} has no location.`,
      );
    return [{ location: asFolder(location), partitionOf: () => ({}) }];
  }
  const properties = table.Parameters ?? {};
  const types = Object.fromEntries(keys.map((key) => [key.name, key.type]));
  if (isProjected(properties)) {
    const template =
      properties['storage.location.template'] ??
      `${asFolder(location ?? '')}${keys.map(({ name }) => `${name}=\${${name}}`).join('/')}/`;
    const layout = layOut(template, projectedColumns(keys, properties, session.now), constraints, types);
    return layout.prefixes.map((prefix) => ({ location: prefix, partitionOf: layout.partitionOf }));
  }
  const partitions = await session.catalog.partitions(table.DatabaseName, table.Name);
  return partitions.flatMap((partition) => {
    const wanted = keys.every(({ name, type }, index) =>
      allows(constraints[name], partition.Values[index]!, comparatorOf(type)),
    );
    const place = partition.StorageDescriptor?.Location;
    if (!wanted || !place) return [];
    const values = Object.fromEntries(
      keys.map(({ name }, index) => {
        const value = partition.Values[index]!;
        return [name, value === defaultPartition ? null : value];
      }),
    );
    return [{ location: asFolder(place), partitionOf: () => values }];
  });
}

/** Lists the objects of the partitions that the constraints leave, in the order of their keys. */
export async function listFiles(
  session: Session,
  table: Table,
  constraints: Constraints,
  hasPath: (uri: string) => boolean = () => true,
): Promise<HiveFile[]> {
  const { store } = session.lake;
  const files: Promise<HiveFile>[] = [];
  for (const place of await places(session, table, constraints)) {
    const { bucket, key: prefix } = s3Location(place.location);
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    const listed = (table.PartitionKeys ?? []).length === 0 && prefix !== '' ? asFolder(prefix) : prefix;
    for await (const object of store.list(bucket, listed)) {
      if (object.key.endsWith('/') || isHidden(object.key.slice(folder.length))) continue;
      const uri = `s3://${bucket}/${object.key}`;
      const partition = place.partitionOf(uri);
      if (!partition || object.size === 0 || !hasPath(uri)) continue;
      files.push(
        store.localPath(bucket, object.key).then((path) => ({
          uri,
          path,
          size: object.size,
          etag: object.etag,
          modifiedAt: object.lastModified,
          partition,
        })),
      );
    }
  }
  return Promise.all(files);
}
