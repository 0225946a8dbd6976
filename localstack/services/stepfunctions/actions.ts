/** The API: https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CloudContext } from '../../core/service.ts';
import { parseDefinition } from './asl/definition.ts';
import { MAX_PAYLOAD_BYTES } from './asl/interpreter.ts';
import type { Executions } from './executions.ts';
import type { ExecutionRecord, StateMachineRecord, Store } from './store.ts';
import type { TaskRunner } from './tasks.ts';

const DEFAULT_PAGE = 100;
const MAX_PAGE = 1000;
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

function assertName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) {
    throw new AwsError('InvalidName', `Invalid Name: '${name}'`);
  }
}

/** Parameters of CreateStateMachine that would change what a machine does and are not done here. */
function refuse(input: Record<string, unknown>): void {
  if ((input.type ?? 'STANDARD') !== 'STANDARD') {
    throw new NotEmulatedError('Step Functions', `state machines of type ${input.type}`);
  }
  if (input.publish) throw new NotEmulatedError('Step Functions', 'versions');
}

const pageSize = (input: { maxResults?: number }) => Math.min(input.maxResults || DEFAULT_PAGE, MAX_PAGE);

export function createActions(
  context: CloudContext,
  store: Store,
  executions: Executions,
  tasks: TaskRunner,
): Record<string, Action> {
  const arnOf = (kind: string, ...names: string[]) =>
    `arn:aws:states:${context.region}:${context.accountId}:${kind}:${names.join(':')}`;

  function machine(arn: string): StateMachineRecord {
    const found = store.machine(arn);
    if (!found) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
    return found;
  }

  function execution(arn: string): ExecutionRecord {
    const found = store.execution(arn);
    if (!found) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
    return found;
  }

  const summary = (record: ExecutionRecord) => ({
    executionArn: record.arn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: seconds(record.startedAtMs),
    stopDate: seconds(record.stoppedAtMs),
    redriveCount: 0,
  });

  return {
    CreateStateMachine(input) {
      refuse(input);
      assertName(input.name);
      parseDefinition(input.definition, tasks.check);
      const arn = arnOf('stateMachine', input.name);
      const existing = store.machine(arn);
      if (existing) {
        if (existing.definition === input.definition && existing.roleArn === input.roleArn) {
          return { stateMachineArn: arn, creationDate: seconds(existing.createdAtMs) };
        }
        throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${arn}'`);
      }
      const createdAtMs = context.clock.now();
      store.putMachine({
        arn,
        name: input.name,
        definition: input.definition,
        roleArn: input.roleArn,
        createdAtMs,
        revisionId: randomUUID(),
      });
      return { stateMachineArn: arn, creationDate: seconds(createdAtMs) };
    },

    UpdateStateMachine(input) {
      refuse(input);
      const existing = machine(input.stateMachineArn);
      if (input.definition !== undefined) parseDefinition(input.definition, tasks.check);
      const revisionId = randomUUID();
      store.putMachine({
        ...existing,
        definition: input.definition ?? existing.definition,
        roleArn: input.roleArn ?? existing.roleArn,
        revisionId,
      });
      return { updateDate: seconds(context.clock.now()), revisionId };
    },

    DescribeStateMachine(input) {
      const found = machine(input.stateMachineArn);
      return {
        stateMachineArn: found.arn,
        name: found.name,
        status: 'ACTIVE',
        definition: found.definition,
        roleArn: found.roleArn,
        type: 'STANDARD',
        creationDate: seconds(found.createdAtMs),
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: false },
        revisionId: found.revisionId,
      };
    },

    /** Executions under way run to their end, as on AWS. */
    DeleteStateMachine(input) {
      store.dropMachine(input.stateMachineArn);
      return {};
    },

    ListStateMachines(input) {
      const all = store.machines();
      const from = input.nextToken ? Number(input.nextToken) : 0;
      const page = all.slice(from, from + pageSize(input));
      return {
        stateMachines: page.map((found) => ({
          stateMachineArn: found.arn,
          name: found.name,
          type: 'STANDARD',
          creationDate: seconds(found.createdAtMs),
        })),
        nextToken: from + page.length < all.length ? String(from + page.length) : undefined,
      };
    },

    StartExecution(input) {
      const started = machine(input.stateMachineArn);
      const name = input.name ?? randomUUID();
      assertName(name);
      const text = input.input ?? '{}';
      assertInput(text);
      const arn = arnOf('execution', started.name, name);
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
      const found = execution(input.executionArn);
      return {
        ...summary(found),
        input: found.input,
        inputDetails: { included: true },
        output: found.output,
        outputDetails: found.output === undefined ? undefined : { included: true },
        error: found.error,
        cause: found.cause,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Redrive is not emulated by the local cloud.',
      };
    },

    ListExecutions(input) {
      machine(input.stateMachineArn);
      const limit = pageSize(input);
      const before = input.nextToken ? Number(input.nextToken) : Number.MAX_SAFE_INTEGER;
      const page = store.executions(input.stateMachineArn, input.statusFilter, before, limit);
      return {
        executions: page.map((row) => summary(row.execution)),
        nextToken: page.length === limit ? String(page.at(-1)!.number) : undefined,
      };
    },

    GetExecutionHistory(input) {
      execution(input.executionArn);
      const limit = pageSize(input);
      const token = input.nextToken ? Number(input.nextToken) : undefined;
      const page = input.reverseOrder
        ? store.eventsBackwards(input.executionArn, token ?? Number.MAX_SAFE_INTEGER, limit)
        : store.events(input.executionArn, token ?? 0, limit);
      return {
        events: input.includeExecutionData === false ? page.map(withoutData) : page,
        nextToken: page.length === limit ? String(page.at(-1)!.id) : undefined,
      };
    },

    async StopExecution(input) {
      const found = execution(input.executionArn);
      await executions.stop(found.arn, input.error, input.cause);
      return { stopDate: seconds(execution(found.arn).stoppedAtMs) };
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
