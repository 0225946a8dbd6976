/** A state machine's definition: its shape, and everything that can be found wrong with it before it runs. */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import { ruleMistake } from './choice.ts';
import { parseExpression } from './intrinsics.ts';
import { isArray, isObject, type Json, type JsonObject } from './json.ts';
import { isDefinite, parseJsonPath } from './jsonPath.ts';
import { templateExpressions } from './template.ts';

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
}

export interface State {
  readonly Type: 'Task' | 'Pass' | 'Wait' | 'Choice' | 'Parallel' | 'Map' | 'Succeed' | 'Fail';
  readonly Next?: string;
  readonly End?: boolean;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly ResultPath?: string | null;
  readonly Parameters?: Json;
  readonly ResultSelector?: Json;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  readonly Result?: Json;
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
  readonly Choices?: readonly (JsonObject & { readonly Next: string })[];
  readonly Default?: string;
  readonly Branches?: readonly States[];
  readonly ItemProcessor?: States;
  readonly Iterator?: States;
  readonly ItemsPath?: string;
  readonly ItemSelector?: Json;
  readonly MaxConcurrency?: number;
  readonly MaxConcurrencyPath?: string;
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
}

export interface States {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends States {
  readonly TimeoutSeconds?: number;
}

const COMMON = ['Type', 'Comment', 'QueryLanguage', 'InputPath', 'OutputPath'];
const ONWARD = ['Next', 'End'];
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath'];
const RECOVERY = ['Retry', 'Catch'];

/** The fields that each type of state honours. */
const FIELDS: Readonly<Record<State['Type'], readonly string[]>> = {
  Task: [...COMMON, ...ONWARD, ...RESULT, ...RECOVERY, 'Resource', 'TimeoutSeconds', 'TimeoutSecondsPath'],
  Pass: [...COMMON, ...ONWARD, 'Parameters', 'Result', 'ResultPath'],
  Wait: [...COMMON, ...ONWARD, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Choice: [...COMMON, 'Choices', 'Default'],
  Parallel: [...COMMON, ...ONWARD, ...RESULT, ...RECOVERY, 'Branches'],
  Map: [
    ...COMMON,
    ...ONWARD,
    ...RESULT,
    ...RECOVERY,
    'ItemProcessor',
    'Iterator',
    'ItemsPath',
    'ItemSelector',
    'MaxConcurrency',
    'MaxConcurrencyPath',
  ],
  Succeed: COMMON,
  Fail: ['Type', 'Comment', 'QueryLanguage', 'Error', 'ErrorPath', 'Cause', 'CausePath'],
};

/** Fields that AWS has and this cloud does not do. */
const NOT_EMULATED = [
  'Assign',
  'Arguments',
  'Output',
  'Credentials',
  'HeartbeatSeconds',
  'HeartbeatSecondsPath',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'ToleratedFailureCount',
  'ToleratedFailurePercentage',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'Label',
];

const PATH_FIELDS = [
  'InputPath',
  'OutputPath',
  'ItemsPath',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'MaxConcurrencyPath',
  'ErrorPath',
  'CausePath',
];
const TEMPLATE_FIELDS = ['Parameters', 'ResultSelector', 'ItemSelector'];
const MAX_DEFINITION_BYTES = 1024 * 1024;
const MAX_NAME_LENGTH = 80;

const invalid = (kind: string, message: string, at: string) =>
  new AwsError('InvalidDefinition', `Invalid State Machine Definition: '${kind}: ${message} at ${at}'`);

const schemaMistake = (message: string, at: string) => invalid('SCHEMA_VALIDATION_FAILED', message, at);

/**
 * Parses and checks a definition. Throws `InvalidDefinition` for what AWS refuses too, `NotEmulatedError` for what this
 * cloud lacks. `checkTask` throws for a Task's resource that cannot be called.
 */
export function parseDefinition(text: string, checkTask: (resource: string) => void): Definition {
  let definition: Json;
  try {
    definition = JSON.parse(text);
  } catch (cause) {
    throw invalid('INVALID_JSON_DESCRIPTION', (cause as Error).message, '/');
  }
  if (Buffer.byteLength(text) > MAX_DEFINITION_BYTES) {
    throw schemaMistake(`the definition may have ${MAX_DEFINITION_BYTES} bytes`, '/');
  }
  if (!isObject(definition)) throw schemaMistake('an object is expected', '/');
  if ((definition.QueryLanguage ?? 'JSONPath') !== 'JSONPath') {
    throw new NotEmulatedError('Step Functions', `the query language ${definition.QueryLanguage}`);
  }
  checkStates(definition, '', new Map(), checkTask);
  return definition as unknown as Definition;
}

type Names = Map<string, string>;
type CheckTask = (resource: string) => void;

function checkStates(machine: JsonObject, at: string, names: Names, checkTask: CheckTask): void {
  const { States: states, StartAt: startAt } = machine;
  if (!isObject(states)) throw schemaMistake('These fields are required: [States]', at || '/');
  if (typeof startAt !== 'string') throw schemaMistake('These fields are required: [StartAt]', at || '/');
  if (!Object.hasOwn(states, startAt)) {
    throw invalid('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${startAt}`, `${at}/StartAt`);
  }
  const targets = new Set([startAt]);
  for (const [name, state] of Object.entries(states)) {
    const place = `${at}/States/${name}`;
    if (!isObject(state)) throw schemaMistake('an object is expected', place);
    if (name.length > MAX_NAME_LENGTH) {
      throw schemaMistake(`a state's name may have ${MAX_NAME_LENGTH} characters`, place);
    }
    const twin = names.get(name);
    if (twin) throw invalid('DUPLICATE_STATE_NAME', `Duplicate State name: ${name}`, `${twin} and ${place}`);
    names.set(name, place);
    checkState(state as unknown as State, place, names, checkTask);
    for (const target of targetsOf(state as unknown as State)) {
      if (!Object.hasOwn(states, target)) {
        throw invalid('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${target}`, place);
      }
      targets.add(target);
    }
  }
  const unreached = Object.keys(states).find((name) => !targets.has(name));
  if (unreached) {
    throw invalid(
      'MISSING_TRANSITION_TARGET',
      `State "${unreached}" is not reachable.`,
      `${at}/States/${unreached}`,
    );
  }
}

const targetsOf = (state: State): string[] => [
  ...(state.Next === undefined ? [] : [state.Next]),
  ...(state.Default === undefined ? [] : [state.Default]),
  ...(state.Choices ?? []).map((choice) => choice.Next),
  ...(state.Catch ?? []).map((catcher) => catcher.Next),
];

function checkState(state: State, at: string, names: Names, checkTask: CheckTask): void {
  const fields: readonly string[] | undefined = FIELDS[state.Type];
  if (!fields) throw schemaMistake(`${JSON.stringify(state.Type)} is not a type of state`, at);
  for (const name of Object.keys(state)) {
    if (NOT_EMULATED.includes(name))
      throw new NotEmulatedError('Step Functions', `the field ${name} (${at})`);
    if (!fields.includes(name)) throw schemaMistake(`Field '${name}' is not supported`, at);
  }
  const language = (state as { QueryLanguage?: string }).QueryLanguage;
  if ((language ?? 'JSONPath') !== 'JSONPath') {
    throw new NotEmulatedError('Step Functions', `the query language ${language} (${at})`);
  }
  if (fields.includes('Next') && (state.Next === undefined) === (state.End !== true)) {
    throw schemaMistake('one of Next and End is required', at);
  }
  checkExpressions(state as unknown as JsonObject, at);
  checkRecovery(state, at);
  switch (state.Type) {
    case 'Task':
      if (typeof state.Resource !== 'string')
        throw schemaMistake('These fields are required: [Resource]', at);
      checkTask(state.Resource);
      return;
    case 'Choice':
      if (!state.Choices?.length) throw schemaMistake('These fields are required: [Choices]', at);
      for (const choice of state.Choices) {
        const mistake = guarded(() => ruleMistake(choice), at);
        if (mistake) throw schemaMistake(mistake, `${at}/Choices`);
      }
      return;
    case 'Wait':
      if (
        ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'].filter((name) => name in state).length !== 1
      ) {
        throw schemaMistake('one of Seconds, SecondsPath, Timestamp and TimestampPath is required', at);
      }
      return;
    case 'Parallel':
      if (!state.Branches?.length) throw schemaMistake('These fields are required: [Branches]', at);
      for (const [index, branch] of state.Branches.entries()) {
        checkStates(branch as unknown as JsonObject, `${at}/Branches[${index}]`, names, checkTask);
      }
      return;
    case 'Map':
      checkMap(state, at, names, checkTask);
  }
}

function checkMap(state: State, at: string, names: Names, checkTask: CheckTask): void {
  const processor = state.ItemProcessor ?? state.Iterator;
  if (!processor) throw schemaMistake('These fields are required: [ItemProcessor]', at);
  const mode = (processor as { ProcessorConfig?: { Mode?: string } }).ProcessorConfig?.Mode ?? 'INLINE';
  if (mode !== 'INLINE') throw new NotEmulatedError('Step Functions', `Map in ${mode} mode (${at})`);
  if (state.Parameters !== undefined && state.ItemSelector !== undefined) {
    throw schemaMistake('Parameters and ItemSelector exclude each other', at);
  }
  const field = state.ItemProcessor ? 'ItemProcessor' : 'Iterator';
  checkStates(processor as unknown as JsonObject, `${at}/${field}`, names, checkTask);
}

/** Turns the mistakes of the path and function parsers into AWS's answer. */
function guarded<T>(parse: () => T, at: string): T {
  try {
    return parse();
  } catch (error) {
    throw schemaMistake((error as Error).message, at);
  }
}

function checkExpressions(state: JsonObject, at: string): void {
  for (const name of PATH_FIELDS) {
    const source = state[name];
    if (typeof source === 'string') guarded(() => parseExpression(source), `${at}/${name}`);
  }
  const resultPath = state.ResultPath;
  if (typeof resultPath === 'string') {
    const path = guarded(() => parseJsonPath(resultPath), `${at}/ResultPath`);
    if (!isDefinite(path) || path.ofContext) {
      throw schemaMistake(`ResultPath must be a reference path, not ${resultPath}`, at);
    }
  }
  for (const name of TEMPLATE_FIELDS) {
    for (const { member, source } of templateExpressions(state[name] ?? null)) {
      guarded(() => parseExpression(source), `${at}/${name}/${member}`);
    }
  }
}

function checkRecovery(state: State, at: string): void {
  for (const [field, rules] of [
    ['Retry', state.Retry],
    ['Catch', state.Catch],
  ] as const) {
    for (const [index, { ErrorEquals: errors }] of (rules ?? []).entries()) {
      const place = `${at}/${field}[${index}]`;
      if (!isArray(errors) || errors.length === 0) throw schemaMistake('ErrorEquals is required', place);
      const last = index === rules!.length - 1;
      if (errors.includes('States.ALL') && (errors.length > 1 || !last)) {
        throw schemaMistake('States.ALL must stand alone, in the last rule', place);
      }
    }
  }
}
