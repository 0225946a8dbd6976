/** What a run's executions did, read from their Step Functions histories: states, statements by model, and what became of each model. */
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Outcomes, PlannedRun } from '../lib/model/run/protocol.ts';

/** A state that an execution went through. */
export interface RunState {
  readonly name: string;
  readonly enteredAt: string;
  readonly exitedAt?: string;
}

export interface RunStatement {
  readonly id: string;
  readonly sql: string;
  readonly state: string;
  readonly submittedAt: string;
  readonly milliseconds: number;
  readonly scannedBytes: number;
  /** As the run names it: `publish-fact_sales`. */
  readonly name: string;
  /** What the statement is for: `table`, `stage`, `audit`, `partitions`, `publish`, `view`, … */
  readonly purpose: string;
  /** Absent where it is for several models at once. */
  readonly model?: string;
  /** Level of the study's graph, from 1; absent before the first and after the last. */
  readonly level?: number;
  /** 1 for the first try. */
  readonly attempt: number;
}

export interface RunHistory {
  readonly states: readonly RunState[];
  /** In the order of their start. */
  readonly statements: readonly RunStatement[];
  /** Names of the models by level; empty for a run that ended before it had a plan. */
  readonly levels: readonly (readonly string[])[];
  /** What became of the models so far: a model without an outcome is still waited for. */
  readonly outcomes: Outcomes;
  /** Name of the function that made the statements; absent before it was called. */
  readonly modelRunner?: string;
}

/** @param events of all executions that worked on the run, in their order */
export function runHistory(events: readonly HistoryEvent[]): RunHistory {
  const answers = events.flatMap((event) => functionAnswer(event) ?? []);
  const levels = answers.findLast(({ plan }) => plan?.decision === 'run')?.plan?.levels ?? [];
  const models = new Set(levels.flat());
  const modelRunner = events.flatMap((event) => modelRunnerOf(event) ?? []).at(-1);
  return {
    states: statesOf(events),
    statements: statementsOf(events, models),
    levels,
    outcomes: Object.assign({}, ...answers.map(({ outcomes }) => outcomes)),
    ...(modelRunner && { modelRunner }),
  };
}

function statesOf(events: readonly HistoryEvent[]): RunState[] {
  const open = new Map<string, number>();
  const states: { name: string; enteredAt: string; exitedAt?: string }[] = [];
  for (const { timestamp, stateEnteredEventDetails, stateExitedEventDetails } of events) {
    const at = timestamp!.toISOString();
    if (stateEnteredEventDetails) {
      open.set(stateEnteredEventDetails.name!, states.length);
      states.push({ name: stateEnteredEventDetails.name!, enteredAt: at });
    }
    const entered = stateExitedEventDetails && open.get(stateExitedEventDetails.name!);
    if (entered !== undefined) states[entered]!.exitedAt = at;
  }
  return states;
}

/** Step Functions cuts what is longer than 256 KiB, and the cause of a query that did not start is a sentence. */
function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface FunctionAnswer {
  readonly plan?:
    | PlannedRun
    | { readonly decision: 'nothing-new' | 'another-run'; readonly levels?: undefined };
  readonly outcomes?: Outcomes;
}

/** What a step of the run answered. */
function functionAnswer({ taskSucceededEventDetails: done }: HistoryEvent): FunctionAnswer | undefined {
  if (done?.resourceType !== 'lambda') return undefined;
  return (parsed(done.output) as { readonly Payload?: FunctionAnswer } | undefined)?.Payload;
}

/** The function whose payload names a step of the model runner. */
function modelRunnerOf({ taskScheduledEventDetails: task }: HistoryEvent): string | undefined {
  if (task?.resourceType !== 'lambda') return undefined;
  const call = parsed(task.parameters) as
    | { readonly FunctionName?: string; readonly Payload?: { readonly step?: string } }
    | undefined;
  return call?.Payload?.step === 'compose' ? call.FunctionName?.split(':').at(-1) : undefined;
}

/** GetQueryExecution's answer as Step Functions reports it, its times in ms since the epoch. */
interface ReportedQuery {
  readonly QueryExecutionId: string;
  readonly Query?: string;
  readonly Status: { readonly State: string; readonly SubmissionDateTime: number };
  readonly Statistics?: {
    readonly TotalExecutionTimeInMillis?: number;
    readonly DataScannedInBytes?: number;
  };
}

/** The query of an Athena task that has ended: a task that failed reports it as the cause. */
function queryOf({ taskSucceededEventDetails: done, taskFailedEventDetails: failed }: HistoryEvent) {
  const { resourceType, resource } = done ?? failed ?? {};
  // Whoever asks why a query failed gets the same description again.
  if (resourceType !== 'athena' || resource !== 'startQueryExecution.sync') return undefined;
  return (parsed(done?.output ?? failed?.cause) as { QueryExecution?: ReportedQuery } | undefined)
    ?.QueryExecution;
}

/** The state that a task belongs to: the events of a branch lead back to it. */
function enteringOf(event: HistoryEvent, byId: ReadonlyMap<number, HistoryEvent>) {
  for (let one: HistoryEvent | undefined = event; one !== undefined; one = byId.get(one.previousEventId ?? 0))
    if (one.stateEnteredEventDetails) return one.stateEnteredEventDetails;
  return undefined;
}

interface StatementInput {
  readonly statement?: { readonly name?: string };
  /** Where the text is, of a statement that does not travel in the state. */
  readonly key?: string;
}

/** `Run statement (Level 2 of 5: stage)` */
const LEVEL = /\(Level (\d+) of \d+/;

function statementsOf(events: readonly HistoryEvent[], models: ReadonlySet<string>): RunStatement[] {
  // Each execution counts its ids from 1.
  let byId = new Map<number, HistoryEvent>();
  const attempts = new Map<string, number>();
  const statements: RunStatement[] = [];
  for (const event of events) {
    if (event.executionStartedEventDetails) byId = new Map();
    byId.set(event.id!, event);
    const query = queryOf(event);
    if (!query) continue;
    const { name: state = '', input } = enteringOf(event, byId) ?? {};
    const given = (parsed(input) ?? {}) as StatementInput;
    const name =
      given.statement?.name ??
      given.key
        ?.split('/')
        .at(-1)
        ?.replace(/\.sql$/, '') ??
      state;
    const [, level] = LEVEL.exec(state) ?? [];
    const attempt = (attempts.get(`${state}/${name}`) ?? 0) + 1;
    attempts.set(`${state}/${name}`, attempt);
    statements.push({
      id: query.QueryExecutionId,
      sql: query.Query ?? '',
      state: query.Status.State,
      submittedAt: new Date(query.Status.SubmissionDateTime).toISOString(),
      milliseconds: query.Statistics?.TotalExecutionTimeInMillis ?? 0,
      scannedBytes: query.Statistics?.DataScannedInBytes ?? 0,
      name,
      ...purposeOf(name, models),
      ...(level !== undefined && { level: Number(level) }),
      attempt,
    });
  }
  return statements.sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1));
}

/** `publish-fact_sales` is for fact_sales where the run has such a model. */
function purposeOf(name: string, models: ReadonlySet<string>): Pick<RunStatement, 'purpose' | 'model'> {
  const at = name.indexOf('-');
  const model = name.slice(at + 1);
  return at > 0 && models.has(model) ? { purpose: name.slice(0, at), model } : { purpose: name };
}
