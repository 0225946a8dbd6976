/** Executions under way: started, recorded, stopped, and closed with a reason when the cloud was stopped under them. */
import { inBackground } from '../../core/background.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import { parseDefinition } from './asl/definition.ts';
import { runtimeFailure, StateFailure } from './asl/failure.ts';
import { type Machine, runMachine, StoppedError, type Trail } from './asl/interpreter.ts';
import type { Json, JsonObject } from './asl/json.ts';
import type { ExecutionRecord, ExecutionStatus, StateMachineRecord, Store } from './store.ts';
import type { TaskRunner } from './tasks.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
const MAX_HISTORY_EVENTS = 25_000;

interface Ending {
  readonly status: ExecutionStatus;
  readonly error?: string;
  readonly cause?: string;
  readonly output?: Json;
}

interface Running {
  readonly abort: AbortController;
  /** Why it was aborted, which its ending tells. */
  ending?: Ending;
  readonly done: Promise<void>;
}

type RecordEvent = Machine['record'];

export interface Executions {
  start(machine: StateMachineRecord, execution: ExecutionRecord): void;
  /** Ends a running execution as ABORTED. */
  stop(arn: string, error: string | undefined, cause: string | undefined): Promise<void>;
  /** Closes the executions that an earlier process left running: they cannot go on, and never count as succeeded. */
  closeOrphans(): void;
  /** Aborts everything under way without closing it; the next start does that. */
  halt(): Promise<void>;
}

/** Records events of an execution after those that it has. */
function recorder(context: CloudContext, store: Store, executionArn: string): RecordEvent {
  let id = store.lastEventId(executionArn);
  return (trail, type, details = {}) => {
    id++;
    store.putEvent(executionArn, {
      id,
      previousEventId: trail.last,
      type,
      timestamp: context.clock.now() / 1000,
      ...details,
    });
    // The first state's event has no event before it, as on AWS.
    if (type !== 'ExecutionStarted') trail.last = id;
    context.meter.add('stepfunctions', 'history', 'events', 1);
    return id;
  };
}

/** How the event is called that ends an execution. */
const EVENT_TYPES: Readonly<{ [status in ExecutionStatus]?: string }> = {
  SUCCEEDED: 'Succeeded',
  FAILED: 'Failed',
  TIMED_OUT: 'TimedOut',
  ABORTED: 'Aborted',
};

function close(
  context: CloudContext,
  store: Store,
  execution: ExecutionRecord,
  ending: Ending,
  trail: Trail,
  record: RecordEvent,
): void {
  const { status, error, cause } = ending;
  const output = ending.output === undefined ? undefined : JSON.stringify(ending.output);
  const type = EVENT_TYPES[status]!;
  record(trail, `Execution${type}`, {
    [`execution${type}EventDetails`]:
      output === undefined ? { error, cause } : { output, outputDetails: { truncated: false } },
  });
  store.putExecution({
    ...execution,
    status,
    output,
    error,
    cause,
    stoppedAtMs: context.clock.now(),
  });
  context.events.emit('states:finished', { executionArn: execution.arn, status });
}

/** What the interpreter is given of a state machine and one execution of it. */
function machineOf(
  cloud: CloudContext,
  tasks: TaskRunner,
  { definition, name, roleArn, arn }: StateMachineRecord,
  execution: ExecutionRecord,
  record: RecordEvent,
): Machine {
  const principal: Principal = { roleArn, sessionName: execution.name, service: 'states.amazonaws.com' };
  const contextObject: JsonObject = {
    Execution: {
      Id: execution.arn,
      Input: JSON.parse(execution.input),
      Name: execution.name,
      RoleArn: roleArn,
      StartTime: new Date(execution.startedAtMs).toISOString(),
      RedriveCount: 0,
    },
    StateMachine: { Id: arn, Name: name },
  };
  let events = 0;
  const counted: Machine['record'] = (trail, type, details) => {
    // One place is kept for the event that ends the execution.
    if (++events >= MAX_HISTORY_EVENTS - 1) {
      throw runtimeFailure(
        `The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`,
      );
    }
    return record(trail, type, details);
  };
  return {
    definition: parseDefinition(definition, tasks.check),
    context: contextObject,
    clock: cloud.clock,
    random: Math.random,
    record: counted,
    runTask: (call) =>
      tasks.run(call, principal, (type, details) => {
        counted(call.trail, type, details);
      }),
  };
}

function endingOf(context: CloudContext, error: unknown): Ending {
  if (error instanceof StateFailure) return { status: 'FAILED', error: error.error, cause: error.detail };
  if (error instanceof StoppedError) return { status: 'RUNNING' };
  context.log(`stepfunctions: ${error instanceof Error ? error.stack : String(error)}`);
  return { status: 'FAILED', error: 'States.Runtime', cause: (error as Error).message };
}

export function createExecutions(context: CloudContext, store: Store, tasks: TaskRunner): Executions {
  const running = new Map<string, Running>();

  async function run(machine: StateMachineRecord, execution: ExecutionRecord, own: Running): Promise<void> {
    const record = recorder(context, store, execution.arn);
    const trail: Trail = { last: 0 };
    record(trail, 'ExecutionStarted', {
      executionStartedEventDetails: {
        input: execution.input,
        inputDetails: { truncated: false },
        roleArn: machine.roleArn,
      },
    });
    let cancelTimeout = () => {};
    let ending: Ending;
    try {
      const runnable = machineOf(context, tasks, machine, execution, record);
      const { TimeoutSeconds: seconds } = runnable.definition;
      if (seconds !== undefined) {
        cancelTimeout = context.clock.after(seconds * 1000, () => {
          own.ending = { status: 'TIMED_OUT' };
          own.abort.abort();
        });
      }
      const output = await runMachine(runnable, JSON.parse(execution.input), trail, own.abort.signal);
      ending = own.ending ?? { status: 'SUCCEEDED', output };
    } catch (error) {
      ending = own.ending ?? endingOf(context, error);
    } finally {
      cancelTimeout();
      running.delete(execution.arn);
    }
    if (ending.status !== 'RUNNING') close(context, store, execution, ending, trail, record);
  }

  return {
    start(machine, execution) {
      store.putExecution(execution);
      const own: Running = { abort: new AbortController(), done: Promise.resolve() };
      running.set(execution.arn, own);
      // The caller has its answer before the first state begins, as on AWS.
      const began = Promise.resolve().then(() => run(machine, execution, own));
      Object.assign(own, { done: inBackground(context.log, `The execution ${execution.arn}`, () => began) });
    },
    async stop(arn, error, cause) {
      const own = running.get(arn);
      if (!own) return;
      own.ending ??= { status: 'ABORTED', error, cause };
      own.abort.abort();
      await own.done;
    },
    closeOrphans() {
      for (const execution of store.running()) {
        const record = recorder(context, store, execution.arn);
        const trail = { last: store.lastEventId(execution.arn) };
        const cause =
          'The local cloud was stopped while this execution ran. On AWS it would have gone on; here, start it again.';
        close(
          context,
          store,
          execution,
          { status: 'ABORTED', error: 'LocalCloud.Stopped', cause },
          trail,
          record,
        );
      }
    },
    async halt() {
      const all = [...running.values()];
      for (const own of all) own.abort.abort();
      await Promise.all(all.map(({ done }) => done));
    },
  };
}
