/** Executions: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { MAX_PAYLOAD_BYTES } from '../asl/interpreter.ts';
import {
  arnOf,
  assertName,
  executionOf,
  machineOf,
  pageSize,
  type StepFunctions,
  seconds,
  startOf,
} from '../state.ts';
import type { ExecutionRecord } from '../store.ts';

const summary = (record: ExecutionRecord) => ({
  executionArn: record.arn,
  stateMachineArn: record.stateMachineArn,
  name: record.name,
  status: record.status,
  startDate: seconds(record.startedAtMs),
  stopDate: seconds(record.stoppedAtMs),
  redriveCount: 0,
});

export function executionActions(state: StepFunctions): Record<string, Action> {
  const { context, store, executions } = state;
  return {
    StartExecution(input) {
      const started = machineOf(state, input.stateMachineArn);
      const name = input.name ?? randomUUID();
      assertName(name);
      const text = input.input ?? '{}';
      assertInput(text);
      const arn = arnOf(state, 'execution', started.name, name);
      const earlier = store.execution(arn);
      if (earlier) {
        if (earlier.status === 'RUNNING' && earlier.input === text) {
          return { executionArn: arn, startDate: seconds(earlier.startedAtMs) };
        }
        throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
      }
      const startedAtMs = context.clock.now();
      executions.start(started, {
        arn,
        name,
        stateMachineArn: started.arn,
        status: 'RUNNING',
        input: text,
        startedAtMs,
      });
      return { executionArn: arn, startDate: seconds(startedAtMs) };
    },

    DescribeExecution(input) {
      const found = executionOf(state, input.executionArn);
      return {
        ...summary(found),
        ...dataOf(found, input.includedData !== 'METADATA_ONLY'),
        error: found.error,
        cause: found.cause,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Redrive is not emulated by the local cloud.',
      };
    },

    ListExecutions(input) {
      if (input.stateMachineArn === undefined)
        throw new AwsError('ValidationException', 'Must specify one of stateMachineArn or mapRunArn.');
      machineOf(state, input.stateMachineArn);
      const limit = pageSize(input);
      if (input.redriveFilter === 'REDRIVEN') return { executions: [] };
      const before = startOf(input.nextToken, Number.MAX_SAFE_INTEGER);
      const page = store.executions(input.stateMachineArn, input.statusFilter, before, limit);
      return {
        executions: page.map((row) => summary(row.execution)),
        nextToken: page.length === limit ? String(page.at(-1)!.number) : undefined,
      };
    },

    GetExecutionHistory(input) {
      executionOf(state, input.executionArn);
      const limit = pageSize(input);
      const token = startOf(input.nextToken, input.reverseOrder ? Number.MAX_SAFE_INTEGER : 0);
      const page = input.reverseOrder
        ? store.eventsBackwards(input.executionArn, token, limit)
        : store.events(input.executionArn, token, limit);
      return {
        events: input.includeExecutionData === false ? page.map(withoutData) : page,
        nextToken: page.length === limit ? String(page.at(-1)!.id) : undefined,
      };
    },

    async StopExecution(input) {
      const found = executionOf(state, input.executionArn);
      await executions.stop(found.arn, input.error, input.cause);
      return { stopDate: seconds(executionOf(state, found.arn).stoppedAtMs) };
    },
  };
}

function assertInput(text: unknown): asserts text is string {
  const invalid = (why: string) =>
    new AwsError('InvalidExecutionInput', `Invalid State Machine Execution Input: '${why}'`);
  if (typeof text !== 'string') throw invalid('Invalid execution input.');
  if (Buffer.byteLength(text) > MAX_PAYLOAD_BYTES) {
    throw invalid(`The input may have ${MAX_PAYLOAD_BYTES} bytes, not ${Buffer.byteLength(text)}.`);
  }
  try {
    JSON.parse(text);
  } catch (cause) {
    throw invalid((cause as Error).message);
  }
}

/** What flowed into and out of an execution, or that it is left out. */
const dataOf = ({ input, output }: ExecutionRecord, included: boolean) => ({
  input: included ? input : undefined,
  inputDetails: { included },
  output: included ? output : undefined,
  outputDetails: output === undefined ? undefined : { included },
});

/** An event without what flowed through it. */
function withoutData(event: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const hidden = ['input', 'output', 'parameters', 'inputDetails', 'outputDetails'];
  return Object.fromEntries(
    Object.entries(event).map(([name, details]) => [
      name,
      typeof details === 'object' && details !== null
        ? Object.fromEntries(Object.entries(details).filter(([member]) => !hidden.includes(member)))
        : details,
    ]),
  );
}
