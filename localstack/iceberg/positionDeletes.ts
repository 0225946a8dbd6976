/** Position-delete files: which rows, by file and position, a statement takes out of a snapshot. https://iceberg.apache.org/spec/#position-delete-files */
import { randomUUID } from 'node:crypto';
import type { SqlConnection } from '../core/sqlConnection.ts';
import { IcebergError } from './errors.ts';
import type { Iceberg } from './lake.ts';
import { CONTENT, type DataFile } from './manifest.ts';
import { boundSpec, currentSnapshot, type TableMetadata } from './metadata.ts';
import { partitionFolder, tupleKey } from './partition.ts';
import { DELETE_PATH_ID, DELETE_POS_ID, snapshotFiles } from './scan.ts';
import { quoteText } from './sqlText.ts';
import {
  compression,
  copyOut,
  dataFolder,
  fileName,
  inTemporaryFolder,
  moveIn,
  type WriteOptions,
} from './write.ts';

export interface WrittenDeletes {
  files: DataFile[];
  rows: number;
  /** Locations of the data files that lose rows. */
  touched: ReadonlySet<string>;
}

export const NO_DELETES: WrittenDeletes = { files: [], rows: 0, touched: new Set() };

/**
 * Writes the rows that a SELECT of path and position names as one delete file a partition, sorted as the specification
 * asks. Throws MERGE_TARGET_ROW_MULTIPLE_MATCHES when it names a row twice.
 */
export async function writeDeletes(
  lake: Iceberg,
  connection: SqlConnection,
  metadata: TableMetadata,
  select: string,
  written: string[],
  options: WriteOptions,
): Promise<WrittenDeletes> {
  const rows = `deletes_${randomUUID().replaceAll('-', '')}`;
  await connection.run(
    `CREATE TEMP TABLE ${rows} AS SELECT path, pos::BIGINT AS pos, count(*) AS times FROM (${select}\n) AS doomed(path, pos) GROUP BY ALL`,
  );
  try {
    const counts = await connection.runAndReadAll(
      `SELECT path, count(*)::INTEGER, max(times)::INTEGER FROM ${rows} GROUP BY path ORDER BY path`,
    );
    const byPath = counts.getRowsJS() as [string, number, number][];
    if (byPath.some(([, , times]) => times > 1))
      throw new IcebergError(
        'MERGE_TARGET_ROW_MULTIPLE_MATCHES',
        'One MERGE target table row matched more than one source row',
      );
    if (byPath.length === 0) return NO_DELETES;
    const doomed = await dataFiles(
      lake,
      metadata,
      byPath.map(([path]) => path),
    );
    const partitions = [...Map.groupBy(doomed, (file) => tupleKey(file.specId, file.partition)).values()];
    const files = await inTemporaryFolder(lake.store, async (folder) => {
      const finished: { local: string; file: DataFile }[] = [];
      for (const [index, covered] of partitions.entries()) {
        const paths = covered.map((file) => quoteText(file.path)).join(', ');
        // One statement a partition: DuckDB's PARTITION_BY does not keep the order of rows.
        const [copied] = await copyOut(
          connection,
          `COPY (SELECT path AS file_path, pos FROM ${rows} WHERE path IN (${paths}) ORDER BY path, pos) TO ${quoteText(`${folder}/${index}`)} (FORMAT parquet, COMPRESSION ${compression(metadata)}, FIELD_IDS {file_path: ${DELETE_PATH_ID}, pos: ${DELETE_POS_ID}}, RETURN_STATS)`,
        );
        finished.push({ local: copied!.path, file: deleteFile(metadata, covered, copied!, options) });
      }
      await moveIn(
        lake.store,
        finished.map(({ local, file }) => ({ local, location: file.path })),
        written,
      );
      return finished.map(({ file }) => file);
    });
    return {
      files,
      rows: byPath.reduce((sum, [, count]) => sum + count, 0),
      touched: new Set(byPath.map(([path]) => path)),
    };
  } finally {
    await connection.run(`DROP TABLE IF EXISTS ${rows}`);
  }
}

async function dataFiles(
  lake: Iceberg,
  metadata: TableMetadata,
  paths: readonly string[],
): Promise<DataFile[]> {
  const { data } = await snapshotFiles(lake, metadata, currentSnapshot(metadata));
  const live = new Map(data.map(({ entry }) => [entry.file.path, entry.file]));
  return paths.map((path) => {
    const file = live.get(path);
    if (!file)
      throw new IcebergError(
        'INVALID_ARGUMENTS',
        `'${path}' is not a data file of the snapshot to delete from`,
      );
    return file;
  });
}

/** `covered` are the data files of one partition, sorted by path. */
function deleteFile(
  metadata: TableMetadata,
  covered: readonly DataFile[],
  copied: { records: number; bytes: number },
  options: WriteOptions,
): DataFile {
  const { specId, partition, path: first } = covered[0]!;
  const { spec, transforms } = boundSpec(metadata, specId);
  const place = partitionFolder(spec, transforms, partition);
  return {
    content: CONTENT.positionDeletes,
    path: [dataFolder(metadata), ...(place ? [place] : []), fileName(options, '-deletes')].join('/'),
    format: 'PARQUET',
    specId,
    partition,
    records: copied.records,
    bytes: copied.bytes,
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullCounts: new Map(),
    nanCounts: new Map(),
    // Bounds of the paths are never cut: they tell which data files the deletes are about.
    lowerBounds: new Map([[DELETE_PATH_ID, Buffer.from(first)]]),
    upperBounds: new Map([[DELETE_PATH_ID, Buffer.from(covered.at(-1)!.path)]]),
    ...(covered.length === 1 ? { referencedDataFile: first } : {}),
  };
}
