/** Opens a DuckDB for statements: its settings, what translated SQL calls, and its lock-down. */
import { mkdirSync, rmSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ScalarFunction } from '../../core/scalarFunctions.ts';
import { BUCKET_FUNCTIONS } from '../../iceberg/bucketFunctions.ts';
import { SCALAR_FUNCTIONS } from '../../sql/engine/scalarFunctions.ts';
import { lockDown, setupConnection } from '../../sql/engine/setup.ts';

/** Every function that statements may call in JavaScript. */
export const JAVASCRIPT_FUNCTIONS: readonly ScalarFunction[] = [...SCALAR_FUNCTIONS, ...BUCKET_FUNCTIONS];

const megabyte = 1024 ** 2;

/** Joins and aggregates of five million events fit; what is larger goes to disk, so that a run takes at most 3 GB in all. */
const mostMegabytes = 1400;

/**
 * Rows that each thread of a COPY with partitions holds before it writes them: a row group's. With DuckDB's default of four times
 * as many, the rows of a table of 60 columns take a gigabyte, and a twentieth of the statement goes to getting that memory.
 */
const rowsHeldPerThread = 122_880;

/** Leaves room for the Lambdas' processes next to the engine. */
const memoryLimit = () =>
  Math.max(
    1000,
    Math.min(mostMegabytes, Math.floor((totalmem() / megabyte) * 0.4), Math.ceil(freemem() / megabyte)),
  );

export interface Database {
  readonly instance: DuckDBInstance;
  /** Its first connection. */
  readonly connection: DuckDBConnection;
}

/**
 * It opens files of the state folder only: the objects of the embedded S3 and the downloads of a remote one are both there.
 * @param scratch a folder inside of the state folder for its temporary files only; it is emptied
 * @param register gives the connection functions of the names and types of `JAVASCRIPT_FUNCTIONS`
 * @param options settings that DuckDB takes when it is opened
 */
export async function openDatabase(
  stateDir: string,
  scratch: string,
  register: (connection: DuckDBConnection) => void,
  options: Readonly<Record<string, string>> = {},
): Promise<Database> {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${memoryLimit()}MB`,
    temp_directory: scratch,
    preserve_insertion_order: 'true',
    partitioned_write_flush_threshold: String(rowsHeldPerThread),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    ...options,
  });
  const connection = await instance.connect();
  await setupConnection(connection, () => register(connection));
  // The setup's own SET holds for its connection only; without this the others are in the machine's zone.
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  await lockDown(connection, { allowedDirectories: [resolve(stateDir)] });
  return { instance, connection };
}
