/** The DuckDB instance that all queries share, and the warm connections they borrow from it. */
import { mkdirSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { lockDown, setupConnection } from '../../sql/index.ts';

export interface Engine {
  /** Lends a connection that nobody else uses; waits while all are lent. */
  borrow(): Promise<DuckDBConnection>;
  giveBack(connection: DuckDBConnection): void;
  close(): void;
}

/** Queries that run at the same time; further ones wait in the queue, as Athena's do. */
export const concurrentQueries = 4;

const gigabyte = 1024 ** 3;

/** Leaves room for the Lambdas' processes beside the engine. */
const memoryLimit = () =>
  Math.max(1, Math.min(3, Math.floor((totalmem() / gigabyte) * 0.4), Math.ceil(freemem() / gigabyte)));

/**
 * Makes an engine whose scratch files lie in `<stateDir>/athena/scratch/`. It opens files of the state folder only: the
 * objects of the embedded S3 and the downloads of a remote one are both there.
 */
export async function openEngine(stateDir: string): Promise<Engine> {
  const scratch = join(stateDir, 'athena', 'scratch');
  mkdirSync(scratch, { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '2',
    memory_limit: `${memoryLimit()}GB`,
    // What is freed is kept for the next block: to get it back from the system each time takes a tenth of a large query.
    block_allocator_memory: '512MB',
    temp_directory: scratch,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const first = await instance.connect();
  await setupConnection(first);
  // The setup's own SET holds for its connection only; without this the others are in the machine's zone.
  await first.run("SET GLOBAL TimeZone = 'UTC'");
  await lockDown(first, { allowedDirectories: [resolve(stateDir)] });
  const idle: DuckDBConnection[] = [first];
  const waiting: ((connection: DuckDBConnection) => void)[] = [];
  let opened = 1;
  return {
    async borrow() {
      const ready = idle.pop();
      if (ready) return ready;
      if (opened < concurrentQueries) {
        opened++;
        return instance.connect();
      }
      return new Promise((wait) => waiting.push(wait));
    },
    giveBack(connection) {
      const next = waiting.shift();
      if (next) next(connection);
      else idle.push(connection);
    },
    close() {
      for (const connection of idle) connection.closeSync();
      instance.closeSync();
    },
  };
}
