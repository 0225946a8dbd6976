/** Metadata tables: `"orders$snapshots"` and its like, with Trino's columns. https://trino.io/docs/476/connector/iceberg.html#metadata-tables */
import { type Iceberg, loadManifestList } from './lake.ts';
import { boundOf, type DataFile, type FieldSummary, type ManifestFile } from './manifest.ts';
import {
  allFields,
  ancestors,
  type BoundSpec,
  boundSpec,
  currentSchema,
  currentSnapshot,
  currentSpec,
  type TableMetadata,
} from './metadata.ts';
import { partitionDuckdbType, tupleKey } from './partition.ts';
import { snapshotFiles } from './scan.ts';
import { duckdbType, isPrimitive, type PlacedField, trinoType } from './schema.ts';
import { quoteIdentifier, quoteText } from './sqlText.ts';
import { compareValues, type Datum, decodeValue, valueSql, valueText } from './values.ts';

const names = [
  '$snapshots',
  '$history',
  '$files',
  '$manifests',
  '$partitions',
  '$refs',
  '$properties',
] as const;

export type MetadataTableName = (typeof names)[number];

export const isMetadataTableName = (name: string): name is MetadataTableName =>
  (names as readonly string[]).includes(name);

export interface MetadataRelation {
  /** `(SELECT …)`: goes in FROM, with an alias. */
  relation: string;
  /** Types in Trino's spelling. */
  columns: { name: string; type: string }[];
}

interface ColumnSpec {
  name: string;
  type: string;
  duckdb: string;
}

const VARCHAR = { type: 'varchar', duckdb: 'VARCHAR' };
const BIGINT = { type: 'bigint', duckdb: 'BIGINT' };
const INTEGER = { type: 'integer', duckdb: 'INTEGER' };
const BOOLEAN = { type: 'boolean', duckdb: 'BOOLEAN' };
const MOMENT = { type: 'timestamp(3) with time zone', duckdb: 'TIMESTAMPTZ' };
const COUNTS = { type: 'map(integer, bigint)', duckdb: 'MAP(INTEGER, BIGINT)' };
const TEXTS = { type: 'map(integer, varchar)', duckdb: 'MAP(INTEGER, VARCHAR)' };

/** Rows of SQL expressions as a relation of typed columns; an empty one keeps its columns. */
function relationOf(columns: readonly ColumnSpec[], rows: readonly (readonly string[])[]): MetadataRelation {
  const casts = columns.map((column) => {
    const name = quoteIdentifier(column.name);
    return `CAST(${name} AS ${column.duckdb}) AS ${name}`;
  });
  const nothing = `(${columns.map(() => 'NULL').join(', ')})`;
  const values = rows.length > 0 ? rows.map((row) => `(${row.join(', ')})`).join(', ') : nothing;
  const names = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  return {
    relation: `(SELECT ${casts.join(', ')} FROM (VALUES ${values}) AS listed(${names})${rows.length > 0 ? '' : ' WHERE false'})`,
    columns: columns.map(({ name, type }) => ({ name, type })),
  };
}

const text = (value: string | undefined): string => (value === undefined ? 'NULL' : quoteText(value));
const number = (value: number | bigint | undefined): string => (value === undefined ? 'NULL' : `${value}`);
const moment = (ms: number): string => `to_timestamp(${ms} / 1000.0)`;
const mapOf = (entries: readonly (readonly [string, string])[]): string =>
  entries.length === 0 ? 'MAP {}' : `MAP {${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`;

/** One of the tables that describe a table. The current snapshot's, where it matters. */
export async function metadataTable(
  lake: Iceberg,
  metadata: TableMetadata,
  name: MetadataTableName,
): Promise<MetadataRelation> {
  switch (name) {
    case '$snapshots':
      return snapshots(metadata);
    case '$history':
      return history(metadata);
    case '$files':
      return files(lake, metadata);
    case '$manifests':
      return manifests(lake, metadata);
    case '$partitions':
      return partitions(lake, metadata);
    case '$refs':
      return refs(metadata);
    case '$properties':
      return relationOf(
        [
          { name: 'key', ...VARCHAR },
          { name: 'value', ...VARCHAR },
        ],
        Object.entries(metadata.properties).map(([key, value]) => [text(key), text(value)]),
      );
  }
}

const snapshots = (metadata: TableMetadata): MetadataRelation =>
  relationOf(
    [
      { name: 'committed_at', ...MOMENT },
      { name: 'snapshot_id', ...BIGINT },
      { name: 'parent_id', ...BIGINT },
      { name: 'operation', ...VARCHAR },
      { name: 'manifest_list', ...VARCHAR },
      { name: 'summary', type: 'map(varchar, varchar)', duckdb: 'MAP(VARCHAR, VARCHAR)' },
    ],
    metadata.snapshots.map((snapshot) => {
      const { operation, ...summary } = snapshot.summary;
      return [
        moment(snapshot['timestamp-ms']),
        number(snapshot['snapshot-id']),
        number(snapshot['parent-snapshot-id']),
        text(operation),
        text(snapshot['manifest-list']),
        mapOf(Object.entries(summary).map(([key, value]) => [text(key), text(value)])),
      ];
    }),
  );

function history(metadata: TableMetadata): MetadataRelation {
  const lineage = new Set(
    [...ancestors(metadata, currentSnapshot(metadata))].map((snapshot) => snapshot['snapshot-id']),
  );
  const parents = new Map(
    metadata.snapshots.map((snapshot) => [snapshot['snapshot-id'], snapshot['parent-snapshot-id']]),
  );
  return relationOf(
    [
      { name: 'made_current_at', ...MOMENT },
      { name: 'snapshot_id', ...BIGINT },
      { name: 'parent_id', ...BIGINT },
      { name: 'is_current_ancestor', ...BOOLEAN },
    ],
    metadata['snapshot-log'].map((entry) => [
      moment(entry['timestamp-ms']),
      number(entry['snapshot-id']),
      number(parents.get(entry['snapshot-id'])),
      String(lineage.has(entry['snapshot-id'])),
    ]),
  );
}

const refs = (metadata: TableMetadata): MetadataRelation =>
  relationOf(
    [
      { name: 'name', ...VARCHAR },
      { name: 'type', ...VARCHAR },
      { name: 'snapshot_id', ...BIGINT },
      { name: 'max_reference_age_in_ms', ...BIGINT },
      { name: 'min_snapshots_to_keep', ...INTEGER },
      { name: 'max_snapshot_age_in_ms', ...BIGINT },
    ],
    Object.entries(metadata.refs).map(([name, ref]) => [
      text(name),
      text(ref.type.toUpperCase()),
      number(ref['snapshot-id']),
      number(ref['max-ref-age-ms']),
      number(ref['min-snapshots-to-keep']),
      number(ref['max-snapshot-age-ms']),
    ]),
  );

async function manifests(lake: Iceberg, metadata: TableMetadata): Promise<MetadataRelation> {
  const snapshot = currentSnapshot(metadata);
  const listed = snapshot ? await loadManifestList(lake, snapshot) : [];
  const bound = (type: string, bytes: Buffer | undefined) =>
    bytes === undefined ? 'NULL' : text(valueText(type, decodeValue(type, bytes)));
  const summary = (part: FieldSummary, type: string) =>
    `{'contains_null': ${part.containsNull}, 'contains_nan': ${part.containsNan ?? 'NULL'}, 'lower_bound': ${bound(type, part.lower)}, 'upper_bound': ${bound(type, part.upper)}}`;
  const summaries = (manifest: ManifestFile) => {
    const { transforms } = boundSpec(metadata, manifest.specId);
    return `[${manifest.partitions.map((part, index) => summary(part, transforms[index]!.resultType)).join(', ')}]`;
  };
  return relationOf(
    [
      { name: 'path', ...VARCHAR },
      { name: 'length', ...BIGINT },
      { name: 'partition_spec_id', ...INTEGER },
      { name: 'added_snapshot_id', ...BIGINT },
      { name: 'added_data_files_count', ...INTEGER },
      { name: 'added_rows_count', ...BIGINT },
      { name: 'existing_data_files_count', ...INTEGER },
      { name: 'existing_rows_count', ...BIGINT },
      { name: 'deleted_data_files_count', ...INTEGER },
      { name: 'deleted_rows_count', ...BIGINT },
      {
        name: 'partition_summaries',
        type: 'array(row(contains_null boolean, contains_nan boolean, lower_bound varchar, upper_bound varchar))',
        duckdb:
          'STRUCT(contains_null BOOLEAN, contains_nan BOOLEAN, lower_bound VARCHAR, upper_bound VARCHAR)[]',
      },
    ],
    listed.map((manifest) => [
      text(manifest.path),
      number(manifest.length),
      number(manifest.specId),
      number(manifest.addedSnapshotId),
      number(manifest.addedFiles),
      number(manifest.addedRows),
      number(manifest.existingFiles),
      number(manifest.existingRows),
      number(manifest.deletedFiles),
      number(manifest.deletedRows),
      summaries(manifest),
    ]),
  );
}

/** The partition column: a row of the values of every field that any spec of the table has. */
function partitionColumn(metadata: TableMetadata): {
  column: ColumnSpec | undefined;
  value(file: DataFile): string;
} {
  const specs = metadata['partition-specs'].map((spec) => boundSpec(metadata, spec['spec-id']));
  const fields = [
    ...new Map(
      specs.flatMap(({ spec, transforms }) =>
        spec.fields.map(
          (field, index) => [field['field-id'], { field, transform: transforms[index]! }] as const,
        ),
      ),
    ).values(),
  ].filter(({ transform }) => transform.kind !== 'void');
  if (fields.length === 0) return { column: undefined, value: () => 'NULL' };
  const types = fields.map(
    ({ field, transform }) => `${quoteIdentifier(field.name)} ${partitionDuckdbType(transform)}`,
  );
  const trino = fields.map(({ field, transform }) => `${field.name} ${trinoType(transform.resultType)}`);
  return {
    column: {
      name: 'partition',
      type: `row(${trino.join(', ')})`,
      duckdb: `STRUCT(${types.join(', ')})`,
    },
    value: (file) => {
      const { spec } = specs.find((bound) => bound.spec['spec-id'] === file.specId)!;
      const values = fields.map(({ field, transform }) => {
        const index = spec.fields.findIndex((own) => own['field-id'] === field['field-id']);
        const value = index < 0 ? null : (file.partition[index] ?? null);
        return `${quoteIdentifier(field.name)}: ${valueSql(transform.resultType, value, partitionDuckdbType(transform))}`;
      });
      return `{${values.join(', ')}}`;
    },
  };
}

async function files(lake: Iceberg, metadata: TableMetadata): Promise<MetadataRelation> {
  const { data, deletes } = await snapshotFiles(lake, metadata, currentSnapshot(metadata));
  const { column, value } = partitionColumn(metadata);
  const fields = allFields(metadata);
  const counts = (map: Map<number, number>) =>
    mapOf([...map].map(([id, count]) => [String(id), String(count)]));
  const bounds = (map: Map<number, Buffer>) =>
    mapOf(
      [...map.keys()].flatMap((id) => {
        const type = fields.get(id)?.type;
        return isPrimitiveType(type)
          ? [[String(id), text(valueText(type, boundOf(map, id, type)!))] as const]
          : [];
      }),
    );
  return relationOf(
    [
      { name: 'content', ...INTEGER },
      { name: 'file_path', ...VARCHAR },
      { name: 'file_format', ...VARCHAR },
      { name: 'spec_id', ...INTEGER },
      ...(column ? [column] : []),
      { name: 'record_count', ...BIGINT },
      { name: 'file_size_in_bytes', ...BIGINT },
      { name: 'column_sizes', ...COUNTS },
      { name: 'value_counts', ...COUNTS },
      { name: 'null_value_counts', ...COUNTS },
      { name: 'nan_value_counts', ...COUNTS },
      { name: 'lower_bounds', ...TEXTS },
      { name: 'upper_bounds', ...TEXTS },
      { name: 'sort_order_id', ...INTEGER },
    ],
    [...data.map((item) => item.entry), ...deletes].map(({ file }) => [
      number(file.content),
      text(file.path),
      text(file.format),
      number(file.specId),
      ...(column ? [value(file)] : []),
      number(file.records),
      number(file.bytes),
      counts(file.columnSizes),
      counts(file.valueCounts),
      counts(file.nullCounts),
      counts(file.nanCounts),
      bounds(file.lowerBounds),
      bounds(file.upperBounds),
      number(file.sortOrderId),
    ]),
  );
}

const isPrimitiveType = (type: unknown): type is string => typeof type === 'string';

/** Rows and bytes by partition, and the bounds of each column that is not itself a partition's value. */
async function partitions(lake: Iceberg, metadata: TableMetadata): Promise<MetadataRelation> {
  const { data } = await snapshotFiles(lake, metadata, currentSnapshot(metadata));
  const { column, value } = partitionColumn(metadata);
  const identities = new Set(identitySources(boundSpec(metadata, currentSpec(metadata)['spec-id'])));
  const columns = [...currentSchema(metadata).fields].filter(
    (field) => isPrimitive(field.type) && !identities.has(field.id),
  );
  const placed = allFields(metadata);
  const groups = Map.groupBy(
    data.map(({ entry }) => entry.file),
    (file) => tupleKey(file.specId, file.partition),
  );
  const dataTypes = columns.map((field) => {
    const type = duckdbType(field.type);
    return `${quoteIdentifier(field.name)} STRUCT(min ${type}, max ${type}, null_count BIGINT, nan_count BIGINT)`;
  });
  const trinoTypes = columns.map((field) => {
    const type = trinoType(field.type);
    return `${field.name} row(min ${type}, max ${type}, null_count bigint, nan_count bigint)`;
  });
  return relationOf(
    [
      ...(column ? [column] : []),
      { name: 'record_count', ...BIGINT },
      { name: 'file_count', ...BIGINT },
      { name: 'total_size', ...BIGINT },
      ...(columns.length > 0
        ? [{ name: 'data', type: `row(${trinoTypes.join(', ')})`, duckdb: `STRUCT(${dataTypes.join(', ')})` }]
        : []),
    ],
    [...groups.values()].map((group) => [
      ...(column ? [value(group[0]!)] : []),
      number(group.reduce((sum, file) => sum + file.records, 0)),
      number(group.length),
      number(group.reduce((sum, file) => sum + file.bytes, 0)),
      ...(columns.length > 0
        ? [
            `{${columns
              .map(
                (field) => `${quoteIdentifier(field.name)}: ${columnSummary(group, placed.get(field.id)!)}`,
              )
              .join(', ')}}`,
          ]
        : []),
    ]),
  );
}

const identitySources = ({ spec, transforms }: BoundSpec): number[] =>
  spec.fields
    .filter((_field, index) => transforms[index]!.kind === 'identity')
    .map((field) => field['source-id']);

/** Bounds over a partition's files; NULL as soon as one file does not say. */
function columnSummary(group: readonly DataFile[], field: PlacedField): string {
  const type = field.type as string;
  const name = duckdbType(type);
  const isEmpty = (file: DataFile) => file.nullCounts.get(field.id) === file.records;
  const extreme = (of: (file: DataFile) => Map<number, Buffer>, sign: number): string => {
    let found: Datum | undefined;
    for (const file of group) {
      if (isEmpty(file)) continue;
      const bound = boundOf(of(file), field.id, type);
      if (bound === undefined) return `NULL::${name}`;
      if (found === undefined || compareValues(bound, found) * sign > 0) found = bound;
    }
    return valueSql(type, found ?? null, name);
  };
  const total = (of: (file: DataFile) => Map<number, number>): string => {
    const counted = group.map((file) => of(file).get(field.id));
    return counted.includes(undefined)
      ? 'NULL'
      : String(counted.reduce<number>((sum, count) => sum + count!, 0));
  };
  return `{'min': ${extreme((file) => file.lowerBounds, -1)}, 'max': ${extreme((file) => file.upperBounds, 1)}, 'null_count': ${total((file) => file.nullCounts)}, 'nan_count': ${total((file) => file.nanCounts)}}`;
}
