/** Iceberg v2 tables on DuckDB and an object store: the surface that engines use. See README.md. */
export { BUCKET_FUNCTIONS, registerBucketFunctions } from './bucketFunctions.ts';
export { CommitConflict, IcebergError, type IcebergErrorCode } from './errors.ts';
export { evolve, repartition, type SchemaChange, setProperties } from './evolve.ts';
export {
  type Catalog,
  createIceberg,
  type Iceberg,
  type LoadedTable,
  loadMetadata,
  loadTable,
  type TableRef,
} from './lake.ts';
export { hasNoFiles, numberProperty, type Snapshot, type TableMetadata } from './metadata.ts';
export {
  isMetadataTableName,
  type MetadataRelation,
  type MetadataTableName,
  metadataTable,
} from './metadataTables.ts';
export { type OptimizeOptions, type OptimizeResult, optimize } from './optimize.ts';
export type { Predicate } from './predicate.ts';
export { deleteWhere, type RowDelta, rowDelta } from './rowDelta.ts';
export { planScan, type ScanFile, type ScanOptions, type ScanPlan } from './scan.ts';
export type { Column, ColumnInput } from './schema.ts';
export {
  type AsOf,
  append,
  type CommitResult,
  columnsOf,
  createTable,
  createTableAs,
  describeSnapshot,
  dropTable,
  partitioningOf,
  type TableDefinition,
} from './table.ts';
export { expireSnapshots, removeOrphans, type VacuumResult, vacuum } from './vacuum.ts';
export type { Literal } from './values.ts';
export { type CopiedFile, copyOut, type WriteOptions } from './write.ts';
