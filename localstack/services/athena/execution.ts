/** Runs query executions: from QUEUED to SUCCEEDED, FAILED or CANCELLED, with what was measured on the way. */
import type { CloudContext, Principal } from '../../core/service.ts';
import { parameterSql, type Statement } from '../../sql/index.ts';
import { glueCatalog, OWN_CATALOG } from './catalog.ts';
import { deliverFailure, type Ending, endingOf } from './ending.ts';
import type { Engine, Lent } from './engine.ts';
import { attemptReads, type TextReads } from './hive/textReads.ts';
import { publishMetrics } from './metrics.ts';
import type { Cell } from './results/csv.ts';
import { deliver } from './results/deliver.ts';
import { createRecentResults, type RecentResults } from './results/recent.ts';
import {
  contextDatabase,
  type Lake,
  type Progress,
  QueryCancelled,
  ScanLimitExceeded,
  type Session,
} from './session.ts';
import { NeedsFunctionProcess, type StatementConnection } from './statementConnection.ts';
import { runStatement } from './statements/index.ts';
import { type AthenaStore, type Execution, oldestOpen } from './store.ts';
import type { TrinoEngine } from './trino/engine.ts';

export interface Executor {
  /**
   * Queues the execution; it runs as soon as a connection is free.
   * @param read its statement, where our parser has read it already
   */
  submit(execution: Execution, principal: Principal, read: Statement | undefined): void;
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

/** Texts of statements that are known to need a function process. */
const mostRemembered = 1000;

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

/** A session but for what differs from attempt to attempt. */
type PreparedSession = Omit<Session, 'connection' | 'textReads'>;

interface ExecutorParts {
  context: CloudContext;
  store: AthenaStore;
  lake: Lake;
  engine: () => Promise<Engine>;
  /** What data statements run on in place of DuckDB. */
  trino?: TrinoEngine | undefined;
}

/** What the statement is given, on any of its connections. */
function sessionOf(
  { context, store, lake, trino }: ExecutorParts,
  execution: Execution,
  principal: Principal,
  state: Running,
  progress: Progress,
) {
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
    openSince: () => oldestOpen(store),
    progress,
    signal: state.stop.signal,
    ...(trino && { trino }),
  } satisfies PreparedSession;
}

/** An execution that is under way, and what it is given. */
interface Attempt {
  readonly execution: Execution;
  readonly read: Statement | undefined;
  readonly lent: Lent;
  readonly state: Running;
  readonly measured: Measured;
  readonly session: PreparedSession;
}

/** Whether a statement did not fail by itself. */
const wasEnded = (error: unknown) =>
  error instanceof QueryCancelled ||
  error instanceof ScanLimitExceeded ||
  error instanceof NeedsFunctionProcess;

/** Runs a statement and delivers its result; in a function process once it turns out to need one. */
function createEvaluator(recent: RecentResults) {
  const needFunctions = new Set<string>();
  return async ({
    execution,
    read,
    lent,
    state,
    measured,
    session,
  }: Attempt): Promise<Partial<Execution>> => {
    const attempt = async (connection: StatementConnection, textReads: TextReads) => {
      state.connection = connection;
      measured.begin();
      const attempted: Session = { ...session, connection, textReads };
      const outcome = await runStatement(attempted, execution.query, read);
      measured.progress.planned();
      return deliver(attempted, execution, outcome, recent);
    };
    // No statement has changed anything by the time that DuckDB evaluates it, so it may begin again.
    const attemptOn = (connection: StatementConnection) =>
      attemptReads((textReads) => attempt(connection, textReads), wasEnded);
    if (!needFunctions.has(execution.query))
      try {
        return await attemptOn(lent.here);
      } catch (error) {
        if (!(error instanceof NeedsFunctionProcess)) throw error;
        needFunctions.add(execution.query);
        if (needFunctions.size > mostRemembered) needFunctions.clear();
      }
    return attemptOn(await lent.functionProcess());
  };
}

export function createExecutor(deps: ExecutorParts): Executor {
  const { context, store, lake } = deps;
  const running = new Map<string, Running>();
  const unfinished = new Set<Promise<void>>();
  const recent = createRecentResults();
  const evaluate = createEvaluator(recent);

  async function run(
    execution: Execution,
    principal: Principal,
    read: Statement | undefined,
    state: Running,
  ) {
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

    let end: Ending;
    try {
      const session = sessionOf(deps, execution, principal, state, measured.progress);
      const delivered = await evaluate({ execution, read, lent, state, measured, session });
      measured.progress.checkpoint();
      end = { ...delivered, state: 'SUCCEEDED' };
    } catch (error) {
      end = endingOf(error, execution, state.cancelled, context);
      // The execution itself gives the reason: what hinders its file must not hide it.
      if (end.state === 'FAILED' && end.reason)
        await deliverFailure(lake.store, execution, end.reason).catch((cause) =>
          context.log(`athena: ${cause}`),
        );
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

  return {
    submit(execution, principal, read) {
      const state: Running = {
        cancelled: false,
        queuedAt: performance.now(),
        stop: new AbortController(),
      };
      running.set(execution.id, state);
      const work = run(execution, principal, read, state)
        .catch((error) => {
          // Stopped in the queue, or the engine itself or the state's disk failed: the query must not hang in RUNNING.
          const end = endingOf(error, execution, state.cancelled, context);
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
    recentRows: recent.rows,
    async drain() {
      for (const state of running.values()) stop(state);
      await Promise.all(unfinished);
    },
  };
}
