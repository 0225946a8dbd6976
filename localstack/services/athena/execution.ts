/** Runs query executions: from QUEUED to SUCCEEDED, FAILED or CANCELLED, with what was measured on the way. */
import { resolve } from 'node:path';
import { DamagedStateError } from '../../core/damage.ts';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { IcebergError } from '../../iceberg/index.ts';
import { parameterSql, SqlError } from '../../sql/index.ts';
import { glueCatalog, OWN_CATALOG } from './catalog.ts';
import type { Engine, Lent } from './engine.ts';
import { engineFailure } from './engineFailure.ts';
import { athenaError, QueryFailure } from './failures.ts';
import { publishMetrics } from './metrics.ts';
import { columnInfo } from './results/columns.ts';
import type { Cell } from './results/csv.ts';
import { writeCount, writeManifest, writeQueryResult, writeTextResult } from './results/writer.ts';
import {
  contextDatabase,
  type Lake,
  type Outcome,
  type Progress,
  QueryCancelled,
  ScanLimitExceeded,
  type Session,
  s3Location,
} from './session.ts';
import { NeedsFunctionProcess, type StatementConnection } from './statementConnection.ts';
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
  /** On the clock of `performance`. */
  readonly queuedAt: number;
  connection?: StatementConnection;
  /** Stops what runs outside of DuckDB. */
  readonly stop: AbortController;
}

function stop(state: Running): void {
  state.cancelled = true;
  state.connection?.stop();
  state.stop.abort();
}

const recentResults = 32;

/** Texts of statements that are known to need a function process. */
const mostRemembered = 1000;

/** How the reason of a failed DDL begins that Hive runs. */
export const hiveFailure = 'FAILED: ';

/** A time that passed is never 0. Source: PyAthena, tests/pyathena/test_cursor.py, test_fetchone */
const wholeMs = (ms: number) => Math.max(1, Math.ceil(ms));

/** What is measured of a statement while it runs. */
interface Measured {
  readonly progress: Progress;
  /** Forgets what an earlier attempt has read. */
  begin(): void;
  scannedBytes(): number;
  /** When planning ended, on the clock of `performance`. */
  plannedAt(): number | undefined;
}

/** @param limit bytes that may be scanned. @default any number */
function measure(state: Running, limit: number | undefined): Measured {
  let scannedBytes = 0;
  let plannedAt: number | undefined;
  const checkpoint = () => {
    if (state.cancelled) throw new QueryCancelled('Query was cancelled by its caller.');
  };
  return {
    begin() {
      checkpoint();
      scannedBytes = 0;
    },
    scannedBytes: () => scannedBytes,
    plannedAt: () => plannedAt,
    progress: {
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
    },
  };
}

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

/** Any failure as Athena would say it; the paths of this machine are nobody's business, unless a file there is damaged. */
function failureOf(error: unknown, stateDir: string): QueryFailure {
  const failure = knownFailure(error);
  if (failure.cause instanceof DamagedStateError) return failure;
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
  const needFunctions = new Set<string>();

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
        // An UNLOAD of no rows has an empty manifest. Source: PyAthena, tests/pyathena/arrow/test_cursor.py, test_empty_result_unload
        const listed =
          outcome.manifest !== undefined &&
          (outcome.manifest.length > 0 || execution.substatementType === 'UNLOAD');
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

  /** What Hive answers to DDL that fails is in `<id>.txt`, where a success would; the engine's failures leave no file. */
  async function deliverFailure(execution: Execution, reason: string): Promise<void> {
    const location = execution.outputLocation;
    if (!reason.startsWith(hiveFailure) || !location?.endsWith('.txt')) return;
    const { bucket, key } = s3Location(location);
    await lake.store.put(bucket, key, Buffer.from(reason));
  }

  /** What the statement is given, on any of its connections. */
  function sessionOf(execution: Execution, principal: Principal, state: Running, progress: Progress) {
    const now = context.clock.now();
    return {
      queryExecutionId: execution.id,
      lake,
      catalog: glueCatalog(context, principal),
      database: contextDatabase(execution.database),
      contextCatalog: execution.catalog ?? OWN_CATALOG,
      now: new Date(now),
      workGroup: execution.workGroup,
      outputFolder: execution.outputFolder,
      parameters: (execution.parameters ?? []).map(parameterSql),
      preparedStatements: {
        get: (name: string) => store.preparedStatement(execution.workGroup, name)?.QueryStatement,
        put: (name: string, query: string) =>
          void store.putPreparedStatement({
            StatementName: name,
            WorkGroupName: execution.workGroup,
            QueryStatement: query,
            LastModifiedTime: Math.floor(now / 1000),
          }),
        delete: (name: string) => store.deletePreparedStatement(execution.workGroup, name),
      },
      progress,
      signal: state.stop.signal,
      ...(deps.trino && { trino: deps.trino }),
    } satisfies Omit<Session, 'connection'>;
  }

  /** Runs the statement and delivers its result; in a function process once it turns out to need one. */
  async function evaluate(
    execution: Execution,
    lent: Lent,
    state: Running,
    measured: Measured,
    session: Omit<Session, 'connection'>,
  ): Promise<Partial<Execution>> {
    const attempt = async (connection: StatementConnection) => {
      state.connection = connection;
      measured.begin();
      const attempted: Session = { ...session, connection };
      const outcome = await runStatement(attempted, execution.query);
      measured.progress.planned();
      return deliver(attempted, execution, outcome);
    };
    if (!needFunctions.has(execution.query))
      try {
        return await attempt(lent.here);
      } catch (error) {
        if (!(error instanceof NeedsFunctionProcess)) throw error;
        // No statement has changed anything by the time that DuckDB evaluates it, so it may begin again.
        needFunctions.add(execution.query);
        if (needFunctions.size > mostRemembered) needFunctions.clear();
      }
    return attempt(await lent.functionProcess());
  }

  async function run(execution: Execution, principal: Principal, state: Running) {
    const engine = await deps.engine();
    const lent = await engine.borrow(state.stop.signal);
    const startedAt = context.clock.now();
    const began = performance.now();
    const configuration = store.workGroup(execution.workGroup)?.Configuration;
    const measured = measure(state, configuration?.BytesScannedCutoffPerQuery);
    const runningExecution: Execution = {
      ...execution,
      state: 'RUNNING',
      startedAt,
      queueMs: wholeMs(began - state.queuedAt),
    };
    store.putExecution(runningExecution);

    let end: Partial<Execution> & { state: Execution['state'] };
    try {
      const session = sessionOf(execution, principal, state, measured.progress);
      const delivered = await evaluate(execution, lent, state, measured, session);
      measured.progress.checkpoint();
      end = { ...delivered, state: 'SUCCEEDED' };
    } catch (error) {
      end = ending(error, state, execution);
      // The execution itself gives the reason: what hinders its file must not hide it.
      if (end.state === 'FAILED' && end.reason)
        await deliverFailure(execution, end.reason).catch((cause) => context.log(`athena: ${cause}`));
    } finally {
      state.connection = undefined;
      lent.giveBack();
    }
    const elapsed = wholeMs(performance.now() - began);
    const scannedBytes = measured.scannedBytes();
    const completed: Execution = {
      ...runningExecution,
      ...end,
      scannedBytes,
      completedAt: Math.max(context.clock.now(), startedAt),
      planningMs: Math.round((measured.plannedAt() ?? performance.now()) - began),
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
      const state: Running = {
        cancelled: false,
        queuedAt: performance.now(),
        stop: new AbortController(),
      };
      running.set(execution.id, state);
      const work = run(execution, principal, state)
        .catch((error) => {
          // Stopped in the queue, or the engine itself or the state's disk failed: the query must not hang in RUNNING.
          const end = ending(error, state, execution);
          store.putExecution({ ...execution, ...end, completedAt: context.clock.now() });
          context.events.emit('athena:finished', { queryExecutionId: execution.id, state: end.state });
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
