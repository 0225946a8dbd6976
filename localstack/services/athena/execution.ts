/** Runs query executions: from QUEUED to SUCCEEDED, FAILED or CANCELLED, with what was measured on the way. */
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { IcebergError } from '../../iceberg/index.ts';
import { SqlError } from '../../sql/index.ts';
import { glueCatalog, OWN_CATALOG } from './catalog.ts';
import type { Engine } from './engine.ts';
import { engineFailure } from './engineFailure.ts';
import { athenaError, QueryFailure } from './failure.ts';
import { publishMetrics } from './metrics.ts';
import { columnInfo } from './results/columns.ts';
import type { Cell } from './results/csv.ts';
import { writeCount, writeManifest, writeQueryResult, writeTextResult } from './results/writer.ts';
import {
  type Lake,
  type Outcome,
  type Progress,
  QueryCancelled,
  ScanLimitExceeded,
  type Session,
  s3Location,
} from './session.ts';
import { runStatement } from './statements/index.ts';
import type { AthenaStore, Execution } from './store.ts';
import type { TrinoEngine } from './trino/engine.ts';
import { isWithoutTrino, trinoFailure } from './trino/failure.ts';

export interface Executor {
  /** Queues the execution; it runs as soon as a connection is free. */
  submit(execution: Execution, principal: Principal): void;
  /** Stops an execution that has not ended. */
  cancel(id: string): void;
  /** The newest small results, header included, so that the reader need not go through S3. */
  recentRows(id: string): readonly Cell[][] | undefined;
  /** Waits for what is running. */
  drain(): Promise<void>;
}

interface Running {
  cancelled: boolean;
  connection?: DuckDBConnection;
  /** Stops what runs outside of DuckDB. */
  readonly stop: AbortController;
}

function stop(state: Running): void {
  state.cancelled = true;
  state.connection?.interrupt();
  state.stop.abort();
}

const recentResults = 32;

/** How the reason of a failed DDL begins that Hive runs. */
export const hiveFailure = 'FAILED: ';

/** What a statement calls itself in its `.metadata` file, where that is not its SubstatementType. */
const updates: Readonly<Record<string, string>> = { CREATE_TABLE_AS_SELECT: 'CREATE TABLE' };

/** Athena ends the reason of a failed write with what may be left to clean. Source: as statements/types.ts */
function withAdvice(failure: QueryFailure, execution: Execution): QueryFailure {
  const location = execution.outputLocation;
  const advice =
    execution.substatementType === 'CREATE_TABLE_AS_SELECT'
      ? `You may need to manually clean the data at location '${location}' before retrying.`
      : execution.substatementType === 'INSERT'
        ? `If a data manifest file was generated at '${location}-manifest.csv', you may need to manually clean the data from locations specified in the manifest.`
        : undefined;
  if (!advice || location === undefined) return failure;
  return failure.inWords(
    `${failure.message.replace(/\.$/, '')}. ${advice} Athena will not delete data in your account.`,
  );
}

/** Any failure as Athena would say it; the paths of this machine are nobody's business. */
function failureOf(error: unknown, stateDir: string): QueryFailure {
  const failure = knownFailure(error);
  // Where the log of a server that is gone lies is what there is to say of it.
  if (!failure.message.includes(stateDir) || isWithoutTrino(failure.cause)) return failure;
  return failure.inWords(
    failure.message.replace(
      new RegExp(`["']?${stateDir.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}[^"'\\s]*["']?`, 'g'),
      'of the table',
    ),
  );
}

function knownFailure(error: unknown): QueryFailure {
  if (error instanceof QueryFailure) return error;
  if (error instanceof SqlError || error instanceof IcebergError)
    return new QueryFailure(error.code, error.message, { cause: error });
  if (error instanceof AwsError)
    return new QueryFailure('', `${error.code}: ${error.message}`, { cause: error });
  return trinoFailure(error) ?? engineFailure(error);
}

export function createExecutor(deps: {
  context: CloudContext;
  store: AthenaStore;
  lake: Lake;
  engine: () => Promise<Engine>;
  /** What data statements run on in place of DuckDB. */
  trino?: TrinoEngine | undefined;
}): Executor {
  const { context, store, lake } = deps;
  const stateDir = resolve(context.stateDir);
  const running = new Map<string, Running>();
  const unfinished = new Set<Promise<void>>();
  const recent = new Map<string, readonly Cell[][]>();

  const keep = (id: string, rows: readonly Cell[][] | undefined) => {
    if (!rows) return;
    recent.set(id, rows);
    for (const oldest of recent.keys()) {
      if (recent.size <= recentResults) break;
      recent.delete(oldest);
    }
  };

  /** Writes the outcome's files and gives what the execution shows of it. */
  async function deliver(
    session: Session,
    execution: Execution,
    outcome: Outcome,
  ): Promise<Partial<Execution>> {
    const base = `${session.outputFolder}${session.queryExecutionId}`;
    const target = (suffix: string) => ({
      location: `${base}${suffix}`,
      queryExecutionId: session.queryExecutionId,
    });
    switch (outcome.kind) {
      case 'query': {
        const csv = target('.csv');
        const { columns } = outcome;
        keep(session.queryExecutionId, await writeQueryResult(lake.store, columns, outcome.rows, csv));
        return { columns, hasHeader: true, outputLocation: csv.location, updateCount: 0 };
      }
      case 'text': {
        const text = target('.txt');
        await writeTextResult(lake.store, outcome.columns, outcome.rows, text);
        return {
          columns: outcome.columns,
          hasHeader: false,
          outputLocation: text.location,
          ...(outcome.counted !== false && { updateCount: 0 }),
          ...(outcome.substatementType && { substatementType: outcome.substatementType }),
        };
      }
      case 'written': {
        const location = execution.outputLocation ?? base;
        const columns = [columnInfo('rows', 'bigint')];
        const manifestLocation = `${location}-manifest.csv`;
        const listed = outcome.manifest !== undefined && outcome.manifest.length > 0;
        if (listed) await writeManifest(lake.store, manifestLocation, outcome.manifest);
        await writeCount(lake.store, columns, {
          location,
          queryExecutionId: session.queryExecutionId,
          update: updates[execution.substatementType] ?? execution.substatementType,
          rows: outcome.rows,
        });
        return {
          columns,
          hasHeader: false,
          isWrite: true,
          updateCount: outcome.rows,
          outputLocation: location,
          ...(listed && { manifestLocation }),
        };
      }
      case 'done':
        await writeTextResult(lake.store, undefined, [], target('.txt'));
        return { columns: [], hasHeader: false, outputLocation: `${base}.txt` };
    }
  }

  /** What Hive answers to DDL that fails stands in `<id>.txt`, where a success would; the engine's failures leave no file. */
  async function deliverFailure(execution: Execution, reason: string): Promise<void> {
    const location = execution.outputLocation;
    if (!reason.startsWith(hiveFailure) || !location?.endsWith('.txt')) return;
    const { bucket, key } = s3Location(location);
    await lake.store.put(bucket, key, Buffer.from(reason));
  }

  async function run(execution: Execution, principal: Principal, state: Running) {
    const engine = await deps.engine();
    const connection = await engine.borrow();
    state.connection = connection;
    const startedAt = context.clock.now();
    const began = performance.now();
    let scannedBytes = 0;
    let plannedAt: number | undefined;
    const configuration = store.workGroup(execution.workGroup)?.Configuration;
    const limit = configuration?.BytesScannedCutoffPerQuery;
    const checkpoint = () => {
      if (state.cancelled) throw new QueryCancelled('Query was cancelled by its caller.');
    };
    const progress: Progress = {
      scan(bytes) {
        checkpoint();
        scannedBytes += bytes;
        if (limit !== undefined && scannedBytes > limit) {
          // What is billed is what was read until the limit stopped it.
          scannedBytes = limit;
          throw new ScanLimitExceeded('Bytes scanned limit was exceeded');
        }
      },
      scanned(bytes) {
        scannedBytes += bytes;
      },
      planned() {
        plannedAt ??= performance.now();
        checkpoint();
      },
      checkpoint,
    };
    const session: Session = {
      queryExecutionId: execution.id,
      lake,
      catalog: glueCatalog(context, principal),
      connection,
      database: execution.database ?? 'default',
      contextCatalog: execution.catalog ?? OWN_CATALOG,
      now: new Date(startedAt),
      workGroup: execution.workGroup,
      outputFolder: execution.outputFolder,
      parameters: execution.parameters ?? [],
      preparedStatements: {
        get: (name) => store.preparedStatement(execution.workGroup, name)?.QueryStatement,
        put: (name, query) =>
          void store.putPreparedStatement({
            StatementName: name,
            WorkGroupName: execution.workGroup,
            QueryStatement: query,
            LastModifiedTime: Math.floor(startedAt / 1000),
          }),
        delete: (name) => store.deletePreparedStatement(execution.workGroup, name),
      },
      progress,
      signal: state.stop.signal,
      ...(deps.trino && { trino: deps.trino }),
    };
    const runningExecution: Execution = {
      ...execution,
      state: 'RUNNING',
      startedAt,
      queueMs: Math.max(0, startedAt - execution.submittedAt),
    };
    store.putExecution(runningExecution);

    let end: Partial<Execution> & { state: Execution['state'] };
    try {
      checkpoint();
      const outcome = await runStatement(session, execution.query);
      plannedAt ??= performance.now();
      const delivered = await deliver(session, execution, outcome);
      checkpoint();
      end = { ...delivered, state: 'SUCCEEDED' };
    } catch (error) {
      end = ending(error, state, execution);
      // The reason is told by the execution itself: what hinders its file must not hide it.
      if (end.state === 'FAILED' && end.reason)
        await deliverFailure(execution, end.reason).catch((cause) => context.log(`athena: ${cause}`));
    } finally {
      state.connection = undefined;
      engine.giveBack(connection);
    }
    const elapsed = Math.round(performance.now() - began);
    const completed: Execution = {
      ...runningExecution,
      ...end,
      scannedBytes,
      completedAt: Math.max(context.clock.now(), startedAt),
      planningMs: Math.round((plannedAt ?? performance.now()) - began),
      engineMs: elapsed,
      serviceMs: 0,
    };
    store.putExecution(completed);
    context.meter.add('athena', 'scan', 'bytes', scannedBytes);
    if (configuration?.PublishCloudWatchMetricsEnabled)
      // The query has ended whatever becomes of its metrics.
      await publishMetrics(context, completed).catch((error) => context.log(`athena: metrics: ${error}`));
    context.events.emit('athena:finished', { queryExecutionId: execution.id, state: completed.state });
  }

  function ending(
    error: unknown,
    state: Running,
    execution: Execution,
  ): Partial<Execution> & { state: Execution['state'] } {
    if (state.cancelled || error instanceof QueryCancelled)
      return { state: 'CANCELLED', reason: 'Query cancelled by user' };
    if (error instanceof ScanLimitExceeded)
      return { state: 'CANCELLED', reason: 'Bytes scanned limit was exceeded' };
    const failure = withAdvice(failureOf(error, stateDir), execution);
    if (failure.code === 'GENERIC_INTERNAL_ERROR')
      context.log(`athena: ${(failure.cause as Error)?.stack ?? failure.stack}`);
    return { state: 'FAILED', reason: failure.reason, error: athenaError(failure) };
  }

  return {
    submit(execution, principal) {
      const state: Running = { cancelled: false, stop: new AbortController() };
      running.set(execution.id, state);
      const work = run(execution, principal, state)
        .catch((error) => {
          // Only the engine itself or the state's disk can fail here: the query must not hang in RUNNING.
          const failure = failureOf(error, stateDir);
          store.putExecution({
            ...execution,
            state: 'FAILED',
            reason: failure.reason,
            error: athenaError(failure),
            completedAt: context.clock.now(),
          });
          context.events.emit('athena:finished', { queryExecutionId: execution.id, state: 'FAILED' });
        })
        .finally(() => {
          running.delete(execution.id);
          unfinished.delete(work);
        });
      unfinished.add(work);
    },
    cancel(id) {
      const state = running.get(id);
      if (!state) return;
      stop(state);
    },
    recentRows: (id) => recent.get(id),
    async drain() {
      for (const state of running.values()) stop(state);
      await Promise.all(unfinished);
    },
  };
}
