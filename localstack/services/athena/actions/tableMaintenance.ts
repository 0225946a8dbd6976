/**
 * What Glue's table optimizers do to an Iceberg table, in process only: the work of OPTIMIZE and VACUUM, on the engine and the
 * caches that these have.
 */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import {
  expireSnapshots,
  type Iceberg,
  loadTable,
  numberProperty,
  optimize,
  removeOrphans,
  type TableRef,
} from '../../../iceberg/index.ts';
import type { Engine } from '../engine.ts';
import { NeedsFunctionProcess, type StatementConnection } from '../statementConnection.ts';
import { type AthenaStore, oldestOpen } from '../store.ts';

const DAY_MS = 86_400_000;

/** The code of the error for work that the end of the cloud cut off. */
const CUT_OFF = 'ServiceUnavailableException';

/** https://docs.aws.amazon.com/glue/latest/webapi/API_IcebergRetentionConfiguration.html */
const DEFAULT_SNAPSHOT_DAYS = 5;
const DEFAULT_SNAPSHOTS = 1;

export interface CompactTable extends TableRef {
  readonly minInputFiles: number;
  readonly deleteFileThreshold: number;
}

export interface ExpireTableSnapshots extends TableRef {
  /** Days. @default the table's `history.expire.max-snapshot-age-ms`, then 5 days */
  readonly maxAgeDays?: number | undefined;
  /** @default the table's `history.expire.min-snapshots-to-keep`, then 1 */
  readonly leastSnapshots?: number | undefined;
  readonly cleanFiles: boolean;
}

export interface RemoveTableOrphans extends TableRef {
  /** Milliseconds since the epoch: files written by then stay. */
  readonly after: number;
  /** Files written since then stay; so do those written since the oldest statement that has not ended was submitted. */
  readonly before: number;
  /** @default the table's folders */
  readonly folder?: string | undefined;
}

interface Parts {
  readonly iceberg: Iceberg;
  readonly store: AthenaStore;
  readonly engine: () => Promise<Engine>;
}

export interface TableMaintenance {
  readonly actions: Readonly<Record<string, Action>>;
  /** Ends what is under way, and waits for it. */
  stop(): Promise<void>;
}

export function createTableMaintenance({ iceberg, store, engine }: Parts): TableMaintenance {
  const ending = new AbortController();
  const underWay = new Set<Promise<unknown>>();

  /** Runs work on a connection of its own, in a function process once it turns out to need one. */
  async function onConnection<T>(work: (connection: StatementConnection) => Promise<T>): Promise<T> {
    const lent = await (await engine()).borrow(ending.signal);
    const attempt = async (connection: StatementConnection) => {
      const stop = () => connection.stop();
      ending.signal.addEventListener('abort', stop);
      try {
        return await work(connection);
      } finally {
        ending.signal.removeEventListener('abort', stop);
      }
    };
    try {
      return await attempt(lent.here);
    } catch (error) {
      if (!(error instanceof NeedsFunctionProcess)) throw error;
      return await attempt(await lent.functionProcess());
    } finally {
      lent.giveBack();
    }
  }

  const tracked =
    <Request, T>(work: (request: Request) => Promise<T>) =>
    async (request: Request): Promise<T> => {
      const cutOff = (cause?: unknown) =>
        new AwsError(CUT_OFF, 'The local cloud ended while the optimizer worked.', { status: 503, cause });
      if (ending.signal.aborted) throw cutOff();
      const promise = work(request);
      underWay.add(promise);
      try {
        return await promise;
      } catch (error) {
        throw ending.signal.aborted ? cutOff(error) : error;
      } finally {
        underWay.delete(promise);
      }
    };

  return {
    actions: {
      _CompactTable: tracked(async ({ database, table, ...options }: CompactTable) => {
        const { rewrittenFiles, rewrittenBytes } = await onConnection((connection) =>
          optimize(iceberg, connection, { database, table }, options),
        );
        return { files: rewrittenFiles, bytes: rewrittenBytes };
      }),
      _ExpireSnapshots: tracked(async (request: ExpireTableSnapshots) => {
        const { metadata } = await loadTable(iceberg, request);
        const { maxAgeDays, leastSnapshots, cleanFiles } = request;
        const property = (name: string, fallback: number) =>
          numberProperty(metadata, `history.expire.${name}`, fallback);
        const { table: _, ...counts } = await expireSnapshots(iceberg, request, {
          maxAgeMs:
            maxAgeDays !== undefined
              ? maxAgeDays * DAY_MS
              : property('max-snapshot-age-ms', DEFAULT_SNAPSHOT_DAYS * DAY_MS),
          leastSnapshots: leastSnapshots ?? property('min-snapshots-to-keep', DEFAULT_SNAPSHOTS),
          cleanFiles,
        });
        return counts;
      }),
      _RemoveOrphans: tracked(async ({ after, before, folder, ...ref }: RemoveTableOrphans) => {
        return {
          files: await removeOrphans(iceberg, ref, {
            after,
            before: Math.min(before, oldestOpen(store)),
            ...(folder && { folder }),
          }),
        };
      }),
    },
    async stop() {
      ending.abort();
      await Promise.allSettled([...underWay]);
    },
  };
}
