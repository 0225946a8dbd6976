/** Manifests and manifest lists: which files a snapshot has, where they are and what values they can hold. https://iceberg.apache.org/spec/#manifests */
import { type AvroSchema, avroName, readAvro, writeAvro } from './avro.ts';
import { invalidMetadata } from './errors.ts';
import type { BoundSpec } from './metadata.ts';
import type { PartitionTuple } from './partition.ts';
import { decimalOf, type Schema } from './schema.ts';
import {
  bigEndian,
  byteLength,
  compareValues,
  type Datum,
  decodeValue,
  encodeValue,
  readBigEndian,
} from './values.ts';

export const CONTENT = { data: 0, positionDeletes: 1, equalityDeletes: 2 } as const;
export const STATUS = { existing: 0, added: 1, deleted: 2 } as const;

/** A data file or a delete file. Counts and bounds go by field id; bounds are in single-value serialisation. */
export interface DataFile {
  content: number;
  path: string;
  format: string;
  specId: number;
  partition: PartitionTuple;
  records: number;
  bytes: number;
  columnSizes: Map<number, number>;
  valueCounts: Map<number, number>;
  nullCounts: Map<number, number>;
  nanCounts: Map<number, number>;
  lowerBounds: Map<number, Buffer>;
  upperBounds: Map<number, Buffer>;
  equalityIds?: number[];
  sortOrderId?: number;
  /** The one data file that a position-delete file is about, when it is about one. */
  referencedDataFile?: string;
}

export interface ManifestEntry {
  status: number;
  snapshotId: bigint;
  /** Data sequence number: what deletes are matched by. */
  sequenceNumber: number;
  fileSequenceNumber: number;
  file: DataFile;
}

export interface FieldSummary {
  containsNull: boolean;
  containsNan?: boolean;
  lower?: Buffer;
  upper?: Buffer;
}

/** One line of a manifest list. */
export interface ManifestFile {
  path: string;
  length: number;
  specId: number;
  /** 0: data files, 1: delete files. */
  content: number;
  sequenceNumber: number;
  minSequenceNumber: number;
  addedSnapshotId: bigint;
  addedFiles: number;
  existingFiles: number;
  deletedFiles: number;
  addedRows: number;
  existingRows: number;
  deletedRows: number;
  partitions: FieldSummary[];
}

const optional = (type: AvroSchema): AvroSchema => ['null', type];

const field = (id: number, name: string, type: AvroSchema, required = true) =>
  required ? { name, type, 'field-id': id } : { name, type: optional(type), default: null, 'field-id': id };

const intMap = (keyId: number, valueId: number, value: string) => ({
  type: 'array',
  logicalType: 'map',
  items: {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [field(keyId, 'key', 'int'), field(valueId, 'value', value)],
  },
});

const MANIFEST_LIST_SCHEMA: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field(500, 'manifest_path', 'string'),
    field(501, 'manifest_length', 'long'),
    field(502, 'partition_spec_id', 'int'),
    field(517, 'content', 'int'),
    field(515, 'sequence_number', 'long'),
    field(516, 'min_sequence_number', 'long'),
    field(503, 'added_snapshot_id', 'long'),
    field(504, 'added_files_count', 'int'),
    field(505, 'existing_files_count', 'int'),
    field(506, 'deleted_files_count', 'int'),
    field(512, 'added_rows_count', 'long'),
    field(513, 'existing_rows_count', 'long'),
    field(514, 'deleted_rows_count', 'long'),
    field(
      507,
      'partitions',
      {
        type: 'array',
        'element-id': 508,
        items: {
          type: 'record',
          name: 'r508',
          fields: [
            field(509, 'contains_null', 'boolean'),
            field(518, 'contains_nan', 'boolean', false),
            field(510, 'lower_bound', 'bytes', false),
            field(511, 'upper_bound', 'bytes', false),
          ],
        },
      },
      false,
    ),
    field(519, 'key_metadata', 'bytes', false),
  ],
};

const dataFileFields = (partition: AvroSchema) => [
  field(134, 'content', 'int'),
  field(100, 'file_path', 'string'),
  field(101, 'file_format', 'string'),
  field(102, 'partition', partition),
  field(103, 'record_count', 'long'),
  field(104, 'file_size_in_bytes', 'long'),
  field(108, 'column_sizes', intMap(117, 118, 'long'), false),
  field(109, 'value_counts', intMap(119, 120, 'long'), false),
  field(110, 'null_value_counts', intMap(121, 122, 'long'), false),
  field(137, 'nan_value_counts', intMap(138, 139, 'long'), false),
  field(125, 'lower_bounds', intMap(126, 127, 'bytes'), false),
  field(128, 'upper_bounds', intMap(129, 130, 'bytes'), false),
  field(131, 'key_metadata', 'bytes', false),
  field(132, 'split_offsets', { type: 'array', items: 'long', 'element-id': 133 }, false),
  field(135, 'equality_ids', { type: 'array', items: 'int', 'element-id': 136 }, false),
  field(140, 'sort_order_id', 'int', false),
  field(143, 'referenced_data_file', 'string', false),
];

const manifestSchema = (partition: AvroSchema): AvroSchema => ({
  type: 'record',
  name: 'manifest_entry',
  fields: [
    field(0, 'status', 'int'),
    field(1, 'snapshot_id', 'long', false),
    field(3, 'sequence_number', 'long', false),
    field(4, 'file_sequence_number', 'long', false),
    field(2, 'data_file', { type: 'record', name: 'r2', fields: dataFileFields(partition) }),
  ],
});

/** Our name of every field id, for reading what other writers named otherwise. Map keys and values keep theirs. */
const NAMES: ReadonlyMap<number, string> = (() => {
  const names = new Map<number, string>();
  const visit = (schema: AvroSchema): void => {
    if (Array.isArray(schema)) for (const branch of schema) visit(branch);
    else if (typeof schema === 'object') {
      for (const child of (schema.fields ?? []) as { name: string; 'field-id': number; type: AvroSchema }[]) {
        names.set(child['field-id'], child.name);
        visit(child.type);
      }
      if (typeof schema.items === 'object') visit(schema.items as AvroSchema);
    }
  };
  visit(MANIFEST_LIST_SCHEMA);
  visit(manifestSchema({ type: 'record', name: 'r102', fields: [] }));
  return names;
})();

const AVRO_PRIMITIVES: Record<string, AvroSchema> = {
  boolean: 'boolean',
  int: 'int',
  long: 'long',
  float: 'float',
  double: 'double',
  date: { type: 'int', logicalType: 'date' },
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
  string: 'string',
  binary: 'bytes',
};

const decimalBytes = (precision: number): number => {
  let length = 1;
  while (2n ** BigInt(8 * length - 1) <= 10n ** BigInt(precision)) length++;
  return length;
};

/** A partition value's type in Avro. https://iceberg.apache.org/spec/#avro */
function avroType(type: string): AvroSchema {
  const decimal = decimalOf(type);
  if (decimal) {
    const size = decimalBytes(decimal.precision);
    return {
      type: 'fixed',
      name: `decimal_${decimal.precision}_${decimal.scale}`,
      size,
      logicalType: 'decimal',
      ...decimal,
    };
  }
  const length = byteLength(type);
  if (length === undefined) return AVRO_PRIMITIVES[type]!;
  return type === 'uuid'
    ? { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' }
    : { type: 'fixed', name: `fixed_${length}`, size: length };
}

/** Named Avro types may be defined once a schema: later uses are by name. */
function partitionSchema({ spec, transforms }: BoundSpec): AvroSchema {
  const defined = new Set<string>();
  return {
    type: 'record',
    name: 'r102',
    fields: spec.fields.map((part, index) => {
      const type = avroType(transforms[index]!.resultType);
      const name =
        typeof type === 'object' && !Array.isArray(type) ? (type.name as string | undefined) : undefined;
      const reference = name !== undefined && defined.has(name) ? name : type;
      if (name !== undefined) defined.add(name);
      return field(part['field-id'], avroName(part.name), reference, false);
    }),
  };
}

const toAvro = (type: string, value: Datum | null): unknown => {
  if (value === null) return null;
  const decimal = decimalOf(type);
  return decimal ? bigEndian(value as bigint, decimalBytes(decimal.precision)) : value;
};

function fromAvro(type: string, value: unknown): Datum | null {
  if (value === null || value === undefined) return null;
  if (decimalOf(type)) return readBigEndian(Buffer.from(value as Buffer));
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return Buffer.from(value);
  if (type === 'int' || type === 'date') return Number(value);
  if (['long', 'time', 'timestamp', 'timestamptz'].includes(type)) return BigInt(value as number | bigint);
  return value as Datum;
}

interface Pair<V> {
  key: number;
  value: V;
}
const pairs = <V, W>(map: Map<number, V>, convert: (value: V) => W): Pair<W>[] | null =>
  map.size === 0 ? null : [...map].map(([key, value]) => ({ key, value: convert(value) }));
const counts = (list: unknown): Map<number, number> =>
  new Map(((list ?? []) as Pair<bigint>[]).map(({ key, value }) => [key, Number(value)]));
const bounds = (list: unknown): Map<number, Buffer> =>
  new Map(((list ?? []) as Pair<Buffer>[]).map(({ key, value }) => [key, Buffer.from(value)]));

/** The bytes of a manifest. Added entries inherit snapshot and sequence numbers, as their commit may have to be retried. */
export function encodeManifest(
  entries: readonly ManifestEntry[],
  content: number,
  bound: BoundSpec,
  schema: Schema,
): Buffer {
  const { spec, transforms } = bound;
  const records = entries.map(({ status, snapshotId, sequenceNumber, fileSequenceNumber, file }) => ({
    status,
    snapshot_id: snapshotId,
    sequence_number: status === STATUS.added ? null : BigInt(sequenceNumber),
    file_sequence_number: status === STATUS.added ? null : BigInt(fileSequenceNumber),
    data_file: {
      content: file.content,
      file_path: file.path,
      file_format: file.format,
      partition: Object.fromEntries(
        spec.fields.map((part, index) => [
          avroName(part.name),
          toAvro(transforms[index]!.resultType, file.partition[index] ?? null),
        ]),
      ),
      record_count: BigInt(file.records),
      file_size_in_bytes: BigInt(file.bytes),
      column_sizes: pairs(file.columnSizes, BigInt),
      value_counts: pairs(file.valueCounts, BigInt),
      null_value_counts: pairs(file.nullCounts, BigInt),
      nan_value_counts: pairs(file.nanCounts, BigInt),
      lower_bounds: pairs(file.lowerBounds, (bytes) => bytes),
      upper_bounds: pairs(file.upperBounds, (bytes) => bytes),
      key_metadata: null,
      split_offsets: null,
      equality_ids: file.equalityIds ?? null,
      sort_order_id: file.sortOrderId ?? null,
      referenced_data_file: file.referencedDataFile ?? null,
    },
  }));
  return writeAvro(manifestSchema(partitionSchema(bound)), records, {
    schema: JSON.stringify(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': JSON.stringify(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': '2',
    content: content === CONTENT.data ? 'data' : 'deletes',
  });
}

/** A manifest's entries, with what they inherit from the manifest filled in. */
export function decodeManifest(
  bytes: Buffer,
  manifest: ManifestFile,
  { spec, transforms }: BoundSpec,
): ManifestEntry[] {
  const partitionNames = spec.fields.map((part) => `partition_${part['field-id']}`);
  const names = new Map(NAMES);
  spec.fields.forEach((part, index) => {
    names.set(part['field-id'], partitionNames[index]!);
  });
  return readAvro(bytes, names, manifest.path).records.map((record): ManifestEntry => {
    const status = record.status as number;
    const inherits = status === STATUS.added;
    const sequence = (value: unknown): number => {
      if (value !== null && value !== undefined) return Number(value);
      if (inherits || manifest.sequenceNumber === 0) return manifest.sequenceNumber;
      throw invalidMetadata(`Manifest ${manifest.path} has an existing entry without a sequence number`);
    };
    const file = record.data_file as Record<string, unknown>;
    const partition = (file.partition ?? {}) as Record<string, unknown>;
    return {
      status,
      snapshotId: (record.snapshot_id as bigint | null) ?? manifest.addedSnapshotId,
      sequenceNumber: sequence(record.sequence_number),
      fileSequenceNumber: sequence(record.file_sequence_number),
      file: {
        content: (file.content as number | undefined) ?? CONTENT.data,
        path: file.file_path as string,
        format: (file.file_format as string).toUpperCase(),
        specId: manifest.specId,
        partition: transforms.map((transform, index) =>
          fromAvro(transform.resultType, partition[partitionNames[index]!]),
        ),
        records: Number(file.record_count),
        bytes: Number(file.file_size_in_bytes),
        columnSizes: counts(file.column_sizes),
        valueCounts: counts(file.value_counts),
        nullCounts: counts(file.null_value_counts),
        nanCounts: counts(file.nan_value_counts),
        lowerBounds: bounds(file.lower_bounds),
        upperBounds: bounds(file.upper_bounds),
        ...(file.equality_ids ? { equalityIds: file.equality_ids as number[] } : {}),
        ...(typeof file.sort_order_id === 'number' ? { sortOrderId: file.sort_order_id } : {}),
        ...(file.referenced_data_file ? { referencedDataFile: file.referenced_data_file as string } : {}),
      },
    };
  });
}

/** The line that describes a manifest of these entries. `sequenceNumber` is that of the snapshot that adds it. */
export function summariseManifest(
  place: { path: string; length: number; content: number; snapshotId: bigint; sequenceNumber: number },
  entries: readonly ManifestEntry[],
  { spec, transforms }: BoundSpec,
): ManifestFile {
  const of = (status: number) => entries.filter((entry) => entry.status === status);
  const rows = (list: readonly ManifestEntry[]) => list.reduce((sum, entry) => sum + entry.file.records, 0);
  const [added, existing, deleted] = [of(STATUS.added), of(STATUS.existing), of(STATUS.deleted)];
  const live = [...added.map(() => place.sequenceNumber), ...existing.map((entry) => entry.sequenceNumber)];
  return {
    path: place.path,
    length: place.length,
    specId: spec['spec-id'],
    content: place.content,
    sequenceNumber: place.sequenceNumber,
    minSequenceNumber: live.reduce((least, number) => Math.min(least, number), place.sequenceNumber),
    addedSnapshotId: place.snapshotId,
    addedFiles: added.length,
    existingFiles: existing.length,
    deletedFiles: deleted.length,
    addedRows: rows(added),
    existingRows: rows(existing),
    deletedRows: rows(deleted),
    partitions: transforms.map((transform, index) =>
      summariseField(
        transform.resultType,
        entries.map((entry) => entry.file.partition[index] ?? null),
      ),
    ),
  };
}

function summariseField(type: string, values: readonly (Datum | null)[]): FieldSummary {
  const isNan = (value: Datum | null) => typeof value === 'number' && Number.isNaN(value);
  const present = values.filter((value): value is Datum => value !== null && !isNan(value));
  const summary: FieldSummary = {
    containsNull: values.includes(null),
    containsNan: values.some(isNan),
  };
  if (present.length === 0) return summary;
  const lower = present.reduce((least, value) => (compareValues(value, least) < 0 ? value : least));
  const upper = present.reduce((most, value) => (compareValues(value, most) > 0 ? value : most));
  return { ...summary, lower: encodeValue(type, lower), upper: encodeValue(type, upper) };
}

export function encodeManifestList(
  manifests: readonly ManifestFile[],
  snapshot: { id: bigint; parentId?: bigint; sequenceNumber: number },
): Buffer {
  const records = manifests.map((manifest) => ({
    manifest_path: manifest.path,
    manifest_length: BigInt(manifest.length),
    partition_spec_id: manifest.specId,
    content: manifest.content,
    sequence_number: BigInt(manifest.sequenceNumber),
    min_sequence_number: BigInt(manifest.minSequenceNumber),
    added_snapshot_id: manifest.addedSnapshotId,
    added_files_count: manifest.addedFiles,
    existing_files_count: manifest.existingFiles,
    deleted_files_count: manifest.deletedFiles,
    added_rows_count: BigInt(manifest.addedRows),
    existing_rows_count: BigInt(manifest.existingRows),
    deleted_rows_count: BigInt(manifest.deletedRows),
    partitions: manifest.partitions.map((summary) => ({
      contains_null: summary.containsNull,
      contains_nan: summary.containsNan ?? null,
      lower_bound: summary.lower ?? null,
      upper_bound: summary.upper ?? null,
    })),
    key_metadata: null,
  }));
  return writeAvro(MANIFEST_LIST_SCHEMA, records, {
    'snapshot-id': String(snapshot.id),
    'parent-snapshot-id': String(snapshot.parentId ?? 'null'),
    'sequence-number': String(snapshot.sequenceNumber),
    'format-version': '2',
  });
}

export function decodeManifestList(bytes: Buffer, location: string): ManifestFile[] {
  return readAvro(bytes, NAMES, location).records.map((record) => ({
    path: record.manifest_path as string,
    length: Number(record.manifest_length),
    specId: record.partition_spec_id as number,
    content: (record.content as number | undefined) ?? CONTENT.data,
    sequenceNumber: Number(record.sequence_number ?? 0),
    minSequenceNumber: Number(record.min_sequence_number ?? 0),
    addedSnapshotId: record.added_snapshot_id as bigint,
    addedFiles: Number(record.added_files_count ?? 0),
    existingFiles: Number(record.existing_files_count ?? 0),
    deletedFiles: Number(record.deleted_files_count ?? 0),
    addedRows: Number(record.added_rows_count ?? 0),
    existingRows: Number(record.existing_rows_count ?? 0),
    deletedRows: Number(record.deleted_rows_count ?? 0),
    partitions: ((record.partitions ?? []) as Record<string, unknown>[]).map((summary) => ({
      containsNull: summary.contains_null as boolean,
      ...(typeof summary.contains_nan === 'boolean' ? { containsNan: summary.contains_nan } : {}),
      ...(summary.lower_bound ? { lower: Buffer.from(summary.lower_bound as Buffer) } : {}),
      ...(summary.upper_bound ? { upper: Buffer.from(summary.upper_bound as Buffer) } : {}),
    })),
  }));
}

/** A decoded bound of a file's column; undefined when the file has none. */
export const boundOf = (boundsOfFile: Map<number, Buffer>, id: number, type: string): Datum | undefined => {
  const bytes = boundsOfFile.get(id);
  return bytes === undefined ? undefined : decodeValue(type, bytes);
};
