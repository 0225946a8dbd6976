/**
 * Runs a state machine: Amazon States Language in JSONPath, on the cloud's clock, with AWS's events and limits.
 *
 * Written here and not taken from `aws-local-stepfunctions`, because that library waits on the machine's clock, knows
 * no payload limit, keeps one context object for all states, and tells a task only the name of its state.
 * https://states-language.net/spec.html
 */
import type { Clock } from '../../../core/clock.ts';
import { ruleHolds, timestampMs } from './choice.ts';
import type { Definition, Retrier, State, States } from './definition.ts';
import { matches, runtimeFailure, StateFailure } from './failure.ts';
import { parseExpression, type Scope, valueOfExpression } from './intrinsics.ts';
import { isArray, type Json, type JsonObject } from './json.ts';
import { MissingPathError, parseJsonPath, placed, UnwritablePathError } from './jsonPath.ts';
import { filled } from './template.ts';

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_PAYLOAD_BYTES = 262_144;

/** A chain of events: each names the one before it. */
export interface Trail {
  last: number;
}

export interface TaskCall {
  readonly resource: string;
  readonly parameters: Json;
  readonly timeoutSeconds: number | undefined;
  /** Aborted when the state timed out or the execution ended. */
  readonly signal: AbortSignal;
  readonly trail: Trail;
}

export interface Machine {
  readonly definition: Definition;
  /** `Execution` and `StateMachine` of the context object. */
  readonly context: JsonObject;
  readonly clock: Clock;
  readonly random: () => number;
  /** Writes an event to the history and gives its number. Throws `StateFailure` when the history is full. */
  record(trail: Trail, type: string, details?: Readonly<Record<string, unknown>>): number;
  /** Calls a Task's resource; throws `StateFailure`. */
  runTask(call: TaskCall): Promise<Json>;
}

/** The execution was stopped from outside or ran out of time; no Catch sees it. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** What a state sees and may end with: one per execution, branch and iteration. */
interface Frame {
  readonly machine: Machine;
  readonly trail: Trail;
  readonly context: JsonObject;
  readonly signal: AbortSignal;
}

interface Visit extends Frame {
  readonly name: string;
  readonly state: State;
  readonly enteredEventId: number;
}

/** Runs the whole machine. Rejects with `StateFailure`, or `StoppedError` once `signal` is aborted. */
export function runMachine(machine: Machine, input: Json, trail: Trail, signal: AbortSignal): Promise<Json> {
  return runStates(machine.definition, input, { machine, trail, context: machine.context, signal });
}

async function runStates(states: States, input: Json, frame: Frame): Promise<Json> {
  let name = states.StartAt;
  let data = input;
  for (;;) {
    const state = states.States[name]!;
    const { output, next } = await visit(name, state, data, frame);
    data = output;
    if (next === undefined) return data;
    name = next;
  }
}

interface Outcome {
  readonly output: Json;
  readonly next: string | undefined;
}

const serialised = (value: Json) => JSON.stringify(value);

async function visit(name: string, state: State, input: Json, frame: Frame): Promise<Outcome> {
  const { machine, trail, signal } = frame;
  if (signal.aborted) throw new StoppedError();
  const enteredEventId = machine.record(trail, `${state.Type}StateEntered`, {
    stateEnteredEventDetails: { name, input: serialised(input), inputDetails: { truncated: false } },
  });
  const enteredTime = new Date(machine.clock.now()).toISOString();
  const attempts = (state.Retry ?? []).map(() => 0);
  let retryCount = 0;
  let outcome: Outcome;
  for (;;) {
    const visited: Visit = {
      ...frame,
      name,
      state,
      enteredEventId,
      context: {
        ...frame.context,
        State: {
          Name: name,
          EnteredTime: enteredTime,
          ...(state.Retry !== undefined || state.Type === 'Task' ? { RetryCount: retryCount } : {}),
        },
      },
    };
    try {
      outcome = await attempt(visited, input);
      break;
    } catch (error) {
      if (!(error instanceof StateFailure)) throw error;
      const retried = state.Retry?.findIndex(({ ErrorEquals }) =>
        ErrorEquals.some((pattern) => matches(pattern, error)),
      );
      if (retried !== undefined && retried >= 0) {
        const retrier = state.Retry![retried]!;
        const attemptNumber = attempts[retried]!;
        if (attemptNumber < (retrier.MaxAttempts ?? 3)) {
          attempts[retried] = attemptNumber + 1;
          retryCount++;
          await pause(machine.clock, retryDelayMs(retrier, attemptNumber, machine.random), signal);
          continue;
        }
      }
      outcome = caught(visited, input, error);
      break;
    }
  }
  if (state.Type === 'Fail') return outcome;
  machine.record(trail, `${state.Type}StateExited`, {
    stateExitedEventDetails: {
      name,
      output: serialised(outcome.output),
      outputDetails: { truncated: false },
    },
  });
  return outcome;
}

/** https://states-language.net/spec.html#retrying-after-error */
function retryDelayMs(retrier: Retrier, attempt: number, random: () => number): number {
  const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** attempt;
  const seconds = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
  return (retrier.JitterStrategy === 'FULL' ? seconds * random() : seconds) * 1000;
}

function caught(visited: Visit, input: Json, failure: StateFailure): Outcome {
  const catcher = visited.state.Catch?.find(({ ErrorEquals }) =>
    ErrorEquals.some((pattern) => matches(pattern, failure)),
  );
  if (!catcher) throw failure;
  const output = withResult(catcher.ResultPath, input, failure.output as Json);
  return { output: assertSize(visited, output), next: catcher.Next };
}

/** Waits on the cloud's clock; rejects with `StoppedError` when the execution ends first. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      cancel();
      reject(new StoppedError());
    };
    const cancel = clock.after(delayMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

const scopeOf = (visited: Visit, input: Json): Scope => ({
  input,
  context: visited.context,
  random: visited.machine.random,
});

const stateRuntimeFailure = (visited: Visit, message: string) =>
  runtimeFailure(
    `An error occurred while executing the state '${visited.name}' (entered at the event id #${visited.enteredEventId}). ${message}`,
  );

/** The value that a path or intrinsic names in `data`. */
function read(visited: Visit, source: string, data: Json): Json {
  try {
    return valueOfExpression(parseExpression(source), scopeOf(visited, data));
  } catch (error) {
    if (error instanceof MissingPathError) throw stateRuntimeFailure(visited, error.message);
    throw error;
  }
}

function fill(visited: Visit, template: Json, data: Json): Json {
  try {
    return filled(template, scopeOf(visited, data));
  } catch (error) {
    if (error instanceof StateFailure && error.error === 'States.Runtime') {
      throw stateRuntimeFailure(visited, error.detail ?? '');
    }
    throw error;
  }
}

/** `null` empties what an InputPath or OutputPath selects. */
const selected = (visited: Visit, path: string | null | undefined, data: Json): Json => {
  if (path === null) return {};
  return path === undefined ? data : read(visited, path, data);
};

function withResult(path: string | null | undefined, input: Json, result: Json): Json {
  if (path === null) return input;
  if (path === undefined || path === '$') return result;
  try {
    return placed(parseJsonPath(path), input, result);
  } catch (error) {
    if (!(error instanceof UnwritablePathError)) throw error;
    throw new StateFailure('States.ResultPathMatchFailure', error.message, { cause: error });
  }
}

function assertSize(visited: Visit, data: Json): Json {
  if (Buffer.byteLength(serialised(data)) <= MAX_PAYLOAD_BYTES) return data;
  const { state, name } = visited;
  throw new StateFailure('States.DataLimitExceeded', dataLimitCause(state.Resource ?? name));
}

/** In AWS's words; a service's task is named by the service, a function's by its ARN. */
export function dataLimitCause(resource: string): string {
  const named = /^arn:aws[^:]*:states:[^:]*:[^:]*:([^:]+):/.exec(resource)?.[1] ?? resource;
  return `The state/task '${named}' returned a result with a size exceeding the maximum number of bytes service limit.`;
}

async function attempt(visited: Visit, rawInput: Json): Promise<Outcome> {
  const { state } = visited;
  const input = state.Type === 'Fail' ? rawInput : selected(visited, state.InputPath, rawInput);
  const leave = (data: Json, next = state.Next): Outcome => ({
    output: assertSize(visited, selected(visited, state.OutputPath, data)),
    next,
  });
  const finish = (result: Json): Outcome => {
    const shaped = state.ResultSelector === undefined ? result : fill(visited, state.ResultSelector, result);
    return leave(withResult(state.ResultPath, rawInput, shaped));
  };
  const effective = () =>
    state.Parameters === undefined ? input : assertSize(visited, fill(visited, state.Parameters, input));
  switch (state.Type) {
    case 'Pass':
      return finish(state.Result ?? effective());
    case 'Succeed':
      return leave(input, undefined);
    case 'Fail':
      throw new StateFailure(
        named(visited, state.Error, state.ErrorPath, rawInput),
        named(visited, state.Cause, state.CausePath, rawInput),
      );
    case 'Choice':
      return leave(input, chosen(visited, input));
    case 'Wait':
      await pause(visited.machine.clock, waitMs(visited, input), visited.signal);
      return leave(input);
    case 'Task':
      return finish(await runTask(visited, effective(), input));
    case 'Parallel':
      return finish(await runParallel(visited, effective()));
    case 'Map':
      return finish(await runMap(visited, input));
  }
}

function named(
  visited: Visit,
  literal: string | undefined,
  path: string | undefined,
  input: Json,
): string | undefined {
  if (path === undefined) return literal;
  const value = read(visited, path, input);
  if (typeof value === 'string') return value;
  throw stateRuntimeFailure(visited, `The path ${path} must lead to a string, not ${serialised(value)}`);
}

function chosen(visited: Visit, input: Json): string {
  const { Choices: choices, Default: otherwise } = visited.state;
  try {
    const rule = choices!.find((choice) => ruleHolds(choice, { input, context: visited.context }));
    if (rule) return rule.Next;
  } catch (error) {
    if (!(error instanceof StateFailure)) throw error;
    throw stateRuntimeFailure(visited, error.detail ?? '');
  }
  if (otherwise !== undefined) return otherwise;
  throw new StateFailure(
    'States.NoChoiceMatched',
    `No choices matched and no Default is given in the state '${visited.name}' (entered at the event id #${visited.enteredEventId}).`,
  );
}

function waitMs(visited: Visit, input: Json): number {
  const { state, machine } = visited;
  if (state.Seconds !== undefined || state.SecondsPath !== undefined) {
    const seconds = state.Seconds ?? read(visited, state.SecondsPath!, input);
    if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 0) return seconds * 1000;
    throw stateRuntimeFailure(
      visited,
      `The SecondsPath parameter does not reference an integer value: ${state.SecondsPath} == ${serialised(seconds)}`,
    );
  }
  const timestamp = state.Timestamp ?? read(visited, state.TimestampPath!, input);
  const ms = timestampMs(timestamp);
  if (ms === undefined) {
    throw stateRuntimeFailure(
      visited,
      `The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: ${state.TimestampPath} == ${timestamp}`,
    );
  }
  return Math.max(0, ms - machine.clock.now());
}

async function runTask(visited: Visit, parameters: Json, input: Json): Promise<Json> {
  const { state, machine, trail, signal } = visited;
  const timeout =
    state.TimeoutSeconds ?? (state.TimeoutSecondsPath && read(visited, state.TimeoutSecondsPath, input));
  const timeoutSeconds = timeout === undefined || timeout === '' ? undefined : Number(timeout);
  const result = await machine.runTask({
    resource: state.Resource!,
    parameters,
    timeoutSeconds,
    signal,
    trail,
  });
  return assertSize(visited, result);
}

/** Ends the siblings when one fails, and gives their outputs in order when none does. */
async function runTogether(
  count: number,
  concurrency: number,
  signal: AbortSignal,
  run: (index: number, signal: AbortSignal) => Promise<Json>,
): Promise<Json> {
  const group = new AbortController();
  const inner = AbortSignal.any([signal, group.signal]);
  const outputs: Json[] = new Array(count);
  let next = 0;
  let failure: unknown;
  const worker = async () => {
    while (next < count && !inner.aborted) {
      const index = next++;
      try {
        outputs[index] = await run(index, inner);
      } catch (error) {
        // A sibling that was stopped because of the first failure is not the failure.
        failure ??= error;
        group.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  if (signal.aborted) throw new StoppedError();
  if (failure) throw failure;
  return outputs;
}

async function runParallel(visited: Visit, input: Json): Promise<Json> {
  const { state, machine, trail, context, signal } = visited;
  const branches = state.Branches!;
  const started = machine.record(trail, 'ParallelStateStarted');
  let last = started;
  try {
    const outputs = await runTogether(branches.length, branches.length, signal, async (index, inner) => {
      const own: Trail = { last: started };
      try {
        return await runStates(branches[index]!, input, { machine, trail: own, context, signal: inner });
      } finally {
        last = own.last;
      }
    });
    trail.last = last;
    machine.record(trail, 'ParallelStateSucceeded');
    return outputs;
  } catch (error) {
    if (error instanceof StateFailure) {
      trail.last = last;
      machine.record(trail, 'ParallelStateFailed');
    }
    throw error;
  }
}

function itemsOf(visited: Visit, input: Json): readonly Json[] {
  const { ItemsPath: path } = visited.state;
  const items = path === undefined ? input : read(visited, path, input);
  if (isArray(items)) return items;
  throw stateRuntimeFailure(visited, `Reference path "${path ?? '$'}" must point to array.`);
}

async function runMap(visited: Visit, input: Json): Promise<Json> {
  const { state, machine, trail, name, signal } = visited;
  const items = itemsOf(visited, input);
  const limit = concurrencyOf(visited, input);
  const selector = state.ItemSelector ?? state.Parameters;
  const processor = (state.ItemProcessor ?? state.Iterator)!;
  const started = machine.record(trail, 'MapStateStarted', {
    mapStateStartedEventDetails: { length: items.length },
  });
  let last = started;
  const iterate = async (index: number, inner: AbortSignal): Promise<Json> => {
    const own: Trail = { last: started };
    const details = { index, name };
    machine.record(own, 'MapIterationStarted', { mapIterationStartedEventDetails: details });
    const context: JsonObject = {
      ...visited.context,
      Map: { Item: { Index: index, Value: items[index]! } },
    };
    const item = selector === undefined ? items[index]! : fill({ ...visited, context }, selector, input);
    try {
      const output = await runStates(processor, item, { machine, trail: own, context, signal: inner });
      machine.record(own, 'MapIterationSucceeded', { mapIterationSucceededEventDetails: details });
      return output;
    } catch (error) {
      const before = own.last;
      const type = error instanceof StateFailure ? 'MapIterationFailed' : 'MapIterationAborted';
      machine.record(own, type, {
        [error instanceof StateFailure
          ? 'mapIterationFailedEventDetails'
          : 'mapIterationAbortedEventDetails']: details,
      });
      own.last = before;
      throw error;
    } finally {
      last = own.last;
    }
  };
  try {
    const outputs = await runTogether(items.length, limit, signal, iterate);
    trail.last = last;
    machine.record(trail, 'MapStateSucceeded');
    return outputs;
  } catch (error) {
    if (error instanceof StateFailure) {
      trail.last = last;
      machine.record(trail, 'MapStateFailed');
    }
    throw error;
  }
}

/** Inline maps run at most 40 iterations at once; 0 means as many as that. */
const MAX_INLINE_CONCURRENCY = 40;

function concurrencyOf(visited: Visit, input: Json): number {
  const { state } = visited;
  const wanted =
    state.MaxConcurrency ??
    (state.MaxConcurrencyPath === undefined ? 0 : read(visited, state.MaxConcurrencyPath, input));
  if (typeof wanted !== 'number' || wanted < 0) {
    throw stateRuntimeFailure(
      visited,
      `The MaxConcurrencyPath field refers to value "${typeof wanted === 'string' ? wanted : serialised(wanted)}" which is not a valid integer: ${state.MaxConcurrencyPath}`,
    );
  }
  return wanted === 0 ? MAX_INLINE_CONCURRENCY : Math.min(wanted, MAX_INLINE_CONCURRENCY);
}
