/** Table metadata files: their shape, reading them without losing 63-bit ids, checking and writing them. https://iceberg.apache.org/spec/#table-metadata */
import { gunzipSync } from 'node:zlib';
import { invalidMetadata, notSupported } from './errors.ts';
import { bindSpec, type PartitionSpec, type Transform } from './partition.ts';
import { checkType, fieldsById, type PlacedField, type Schema } from './schema.ts';

export interface Snapshot {
  'snapshot-id': bigint;
  'parent-snapshot-id'?: bigint;
  'sequence-number': number;
  'timestamp-ms': number;
  'manifest-list': string;
  summary: { operation: 'append' | 'replace' | 'overwrite' | 'delete'; [property: string]: string };
  'schema-id'?: number;
}

export interface SnapshotRef {
  'snapshot-id': bigint;
  type: 'branch' | 'tag';
  'min-snapshots-to-keep'?: number;
  'max-snapshot-age-ms'?: number;
  'max-ref-age-ms'?: number;
}

export interface SortOrder {
  'order-id': number;
  fields: unknown[];
}

/** The JSON of a metadata file, in the specification's own names. Snapshot ids are bigint. */
export interface TableMetadata {
  'format-version': 2;
  'table-uuid': string;
  location: string;
  'last-sequence-number': number;
  'last-updated-ms': number;
  'last-column-id': number;
  'current-schema-id': number;
  schemas: Schema[];
  'default-spec-id': number;
  'partition-specs': PartitionSpec[];
  'last-partition-id': number;
  'default-sort-order-id': number;
  'sort-orders': SortOrder[];
  properties: Record<string, string>;
  'current-snapshot-id': bigint | null;
  refs: Record<string, SnapshotRef>;
  snapshots: Snapshot[];
  'snapshot-log': { 'timestamp-ms': number; 'snapshot-id': bigint }[];
  'metadata-log': { 'timestamp-ms': number; 'metadata-file': string }[];
  statistics?: { 'snapshot-id': bigint; 'statistics-path': string }[];
  'partition-statistics'?: { 'snapshot-id': bigint; 'statistics-path': string }[];
}

const SNAPSHOT_IDS = new Set([
  'snapshot-id',
  'parent-snapshot-id',
  'current-snapshot-id',
  'source-snapshot-id',
]);

/** `JSON.rawJSON` and the reviver's source text are in Node 22 and later, not yet in TypeScript's library. */
const exactJson = JSON as unknown as {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** The metadata of a file's bytes (gzip is recognised). Throws NOT_SUPPORTED for versions 1 and 3, ICEBERG_INVALID_METADATA otherwise. */
export function parseMetadata(bytes: Buffer, location: string): TableMetadata {
  const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
  let json: TableMetadata;
  try {
    json = exactJson.parse(text, (key, value, context) =>
      SNAPSHOT_IDS.has(key) && typeof value === 'number' ? BigInt(context.source ?? value) : value,
    ) as TableMetadata;
  } catch (cause) {
    throw invalidMetadata(`Metadata file ${location} is not JSON: ${(cause as Error).message}`);
  }
  return checkMetadata(json, location);
}

const REQUIRED = [
  'table-uuid',
  'location',
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'schemas',
  'current-schema-id',
  'partition-specs',
  'default-spec-id',
  'last-partition-id',
  'sort-orders',
  'default-sort-order-id',
] as const;

function checkMetadata(json: TableMetadata, location: string): TableMetadata {
  const version = json['format-version'] as number;
  if (version !== 2)
    throw notSupported(
      `Table at ${location} has Iceberg format version ${version}; this engine reads and writes version 2`,
    );
  const missing = REQUIRED.filter((name) => json[name] === undefined || json[name] === null);
  if (missing.length > 0) throw invalidMetadata(`Metadata file ${location} lacks ${missing.join(', ')}`);
  const current = json['current-snapshot-id'];
  const metadata: TableMetadata = {
    ...json,
    location: json.location.replace(/\/+$/, ''),
    properties: json.properties ?? {},
    'current-snapshot-id': current === undefined || current === null || current === -1n ? null : current,
    refs: json.refs ?? {},
    snapshots: json.snapshots ?? [],
    'snapshot-log': json['snapshot-log'] ?? [],
    'metadata-log': json['metadata-log'] ?? [],
  };
  const schema = currentSchema(metadata);
  for (const field of schema.fields) checkType(field.type, field.name);
  boundSpec(metadata, metadata['default-spec-id']);
  const snapshotId = metadata['current-snapshot-id'];
  if (snapshotId !== null && !metadata.snapshots.some((snapshot) => snapshot['snapshot-id'] === snapshotId))
    throw invalidMetadata(`Metadata file ${location} names snapshot ${snapshotId}, which it lacks`);
  return metadata;
}

/** The file's text; bigint ids are written as the numbers they are. */
export const serialiseMetadata = (metadata: TableMetadata): string =>
  JSON.stringify(metadata, (_key, value) => {
    if (typeof value === 'bigint') return exactJson.rawJSON(value.toString());
    return value;
  });

export function schemaById(metadata: TableMetadata, id: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate['schema-id'] === id);
  if (!schema) throw invalidMetadata(`Table ${metadata.location} has no schema ${id}`);
  return schema;
}

export const currentSchema = (metadata: TableMetadata): Schema =>
  schemaById(metadata, metadata['current-schema-id']);

function specById(metadata: TableMetadata, id: number): PartitionSpec {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === id);
  if (!spec) throw invalidMetadata(`Table ${metadata.location} has no partition spec ${id}`);
  return spec;
}

export const currentSpec = (metadata: TableMetadata): PartitionSpec =>
  specById(metadata, metadata['default-spec-id']);

/** Every field that the table has or had, by id; of a field that changed, its latest form. */
export function allFields(metadata: TableMetadata): Map<number, PlacedField> {
  const schemas = [...metadata.schemas].sort((left, right) => left['schema-id'] - right['schema-id']);
  const current = schemaById(metadata, metadata['current-schema-id']);
  return new Map([...schemas, current].flatMap((schema) => [...fieldsById(schema)]));
}

/** A spec with the transforms of its fields. */
export interface BoundSpec {
  spec: PartitionSpec;
  transforms: Transform[];
}

/** Metadata never changes once made, and every file of a scan asks for its spec. */
const boundSpecs = new WeakMap<TableMetadata, Map<number, BoundSpec>>();

export function boundSpec(metadata: TableMetadata, id: number): BoundSpec {
  const known = boundSpecs.get(metadata) ?? new Map<number, BoundSpec>();
  boundSpecs.set(metadata, known);
  const bound = known.get(id) ?? bindNow(metadata, id);
  known.set(id, bound);
  return bound;
}

function bindNow(metadata: TableMetadata, id: number): BoundSpec {
  const spec = specById(metadata, id);
  return { spec, transforms: bindSpec(spec, allFields(metadata)) };
}

export const snapshotById = (metadata: TableMetadata, id: bigint): Snapshot | undefined =>
  metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);

export const currentSnapshot = (metadata: TableMetadata): Snapshot | undefined => {
  const id = metadata['current-snapshot-id'];
  return id === null ? undefined : snapshotById(metadata, id);
};

/** Whether the metadata say that the table has no rows. */
export function hasNoFiles(metadata: TableMetadata): boolean {
  const snapshot = currentSnapshot(metadata);
  return !snapshot || snapshot.summary?.['total-data-files'] === '0';
}

/** A whole number from the table's properties, or the default. Throws ICEBERG_INVALID_METADATA for another text. */
export function numberProperty(metadata: TableMetadata, name: string, fallback: number): number {
  const text = metadata.properties[name];
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw invalidMetadata(`Table property ${name} is '${text}': a whole number, 0 or more, is needed`);
  return value;
}

/** The snapshots from a snapshot back to the first, newest first, as far as they are still kept. */
export function* ancestors(metadata: TableMetadata, from: Snapshot | undefined): Generator<Snapshot> {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot]));
  let snapshot = from;
  while (snapshot) {
    yield snapshot;
    const parent = snapshot['parent-snapshot-id'];
    snapshot = parent === undefined ? undefined : byId.get(parent);
  }
}
