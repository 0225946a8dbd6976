/** A study's tables as Glue and Iceberg's own metadata describe them: rows, files, bytes and snapshots, without a statement. */
import { GetTableCommand, type Table as GlueTable, paginateGetTables } from '@aws-sdk/client-glue';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { databaseOf, type Zone, zones } from '../lib/model/layout.ts';
import type { LakeContext } from './context.ts';

/** A snapshot of an Iceberg table (https://iceberg.apache.org/spec/#snapshots). */
export interface TableSnapshot {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** `append`, `overwrite`, `replace`, `delete` */
  readonly operation: string;
  readonly addedRows: number;
  readonly deletedRows: number;
  readonly rows: number;
  readonly files: number;
  readonly bytes: number;
}

export interface LakeColumn {
  readonly name: string;
  readonly type: string;
  readonly comment: string;
  /** Iceberg's field id, by which manifests name a column; absent for what is not an Iceberg table. */
  readonly id?: number;
}

export interface LakeTable {
  readonly zone: Zone;
  readonly database: string;
  readonly name: string;
  readonly description: string;
  readonly kind: 'iceberg' | 'hive' | 'view';
  /** `s3://…` */
  readonly location: string;
  /** Of the current snapshot; absent for what is not an Iceberg table. */
  readonly rows?: number;
  readonly files?: number;
  readonly bytes?: number;
  /** When the current snapshot was committed, ISO 8601. */
  readonly changedAt?: string;
  /** Id of the current snapshot. */
  readonly snapshot?: string;
  /** Object that holds the table's metadata. */
  readonly metadata?: string;
  readonly columns: readonly LakeColumn[];
  readonly partitions: readonly string[];
}

export interface LakeTableDetail extends LakeTable {
  /** Newest first. */
  readonly snapshots: readonly TableSnapshot[];
}

/** Iceberg's table metadata as far as it is read here; snapshot ids exceed what a double holds, so they are kept as text. */
interface Metadata {
  readonly 'current-snapshot-id'?: string;
  readonly 'partition-specs': readonly {
    readonly 'spec-id': number;
    readonly fields: readonly { readonly name: string }[];
  }[];
  readonly 'default-spec-id': number;
  readonly 'current-schema-id': number;
  readonly schemas: readonly {
    readonly 'schema-id': number;
    readonly fields: readonly { readonly id: number; readonly name: string }[];
  }[];
  readonly snapshots?: readonly {
    readonly 'snapshot-id': string;
    readonly 'timestamp-ms': number;
    readonly summary?: Readonly<Record<string, string>>;
  }[];
}

const SNAPSHOT_ID = /("(?:current-snapshot-id|snapshot-id|parent-snapshot-id)"\s*:\s*)(-?\d+)/g;

const parseMetadata = (text: string): Metadata => JSON.parse(text.replace(SNAPSHOT_ID, '$1"$2"')) as Metadata;

/** Every table and view of a study; stages are left out. */
export async function listTables(lake: LakeContext, study: string): Promise<LakeTable[]> {
  const found: LakeTableDetail[] = [];
  for (const zone of zones.filter((one) => one !== 'stage')) {
    const request = { DatabaseName: databaseOf(study, zone) };
    for await (const { TableList = [] } of paginateGetTables({ client: lake.target.clients.glue }, request))
      found.push(...(await Promise.all(TableList.map((table) => describe(lake, zone, table)))));
  }
  return found.map(({ snapshots: _snapshots, ...table }) => table);
}

/** One table with its snapshots. Throws Glue's `EntityNotFoundException`. */
export async function readTable(
  lake: LakeContext,
  study: string,
  zone: Zone,
  name: string,
): Promise<LakeTableDetail> {
  const { Table } = await lake.target.clients.glue.send(
    new GetTableCommand({ DatabaseName: databaseOf(study, zone), Name: name }),
  );
  return describe(lake, zone, Table!);
}

async function describe(lake: LakeContext, zone: Zone, table: GlueTable): Promise<LakeTableDetail> {
  const location = table.Parameters?.metadata_location;
  const base = {
    zone,
    database: table.DatabaseName!,
    name: table.Name!,
    description: table.Description ?? '',
    location: table.StorageDescriptor?.Location ?? '',
    columns: (table.StorageDescriptor?.Columns ?? []).map(({ Name, Type, Comment }) => ({
      name: Name!,
      type: Type ?? '',
      comment: Comment ?? '',
    })),
  };
  if (!location)
    return {
      ...base,
      kind: table.TableType === 'VIRTUAL_VIEW' ? 'view' : 'hive',
      partitions: (table.PartitionKeys ?? []).map(({ Name }) => Name!),
      snapshots: [],
    };
  const metadata = parseMetadata(await getText(lake, location));
  const snapshots = snapshotsOf(metadata);
  const current = snapshots.find(({ id }) => id === metadata['current-snapshot-id']);
  const spec = metadata['partition-specs'].find((one) => one['spec-id'] === metadata['default-spec-id']);
  const schema = metadata.schemas.find((one) => one['schema-id'] === metadata['current-schema-id']);
  const idOf = (column: string) => schema?.fields.find((field) => field.name === column)?.id;
  return {
    ...base,
    columns: base.columns.map((column) => {
      const id = idOf(column.name);
      return id === undefined ? column : { ...column, id };
    }),
    kind: 'iceberg',
    metadata: location,
    partitions: spec?.fields.map(({ name }) => name) ?? [],
    rows: current?.rows ?? 0,
    files: current?.files ?? 0,
    bytes: current?.bytes ?? 0,
    ...(current && { changedAt: current.at, snapshot: current.id }),
    snapshots,
  };
}

const snapshotsOf = ({ snapshots = [] }: Metadata): TableSnapshot[] =>
  snapshots
    .map(({ 'snapshot-id': id, 'timestamp-ms': at, summary = {} }) => {
      const number = (name: string) => Number(summary[name] ?? 0);
      return {
        id,
        at: new Date(at).toISOString(),
        operation: summary.operation ?? '',
        addedRows: number('added-records'),
        deletedRows: number('deleted-records') + number('added-position-deletes'),
        // Merge-on-read: rows that delete files hide are still in the data files.
        rows: number('total-records') - number('total-position-deletes'),
        files: number('total-data-files') + number('total-delete-files'),
        bytes: number('total-files-size'),
      };
    })
    .sort((a, b) => (a.at < b.at ? 1 : -1));

async function getText({ target: { clients } }: LakeContext, uri: string): Promise<string> {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(uri)!;
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: bucket!, Key: key! }));
  return Body!.transformToString();
}
