/** Calls what a schedule points at, again while that fails, and the dead-letter queue in the end. */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, Principal } from '../../core/service.ts';
import type { ScheduleRecord, Target } from './store.ts';

const DEFAULT_RETRIES = 185;
const DEFAULT_AGE_S = 86_400;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 15 * 60_000;

type Call = (context: CloudContext, target: Target, input: string, principal: Principal) => Promise<unknown>;

/** By the service in the target's ARN. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html */
const CALLS: Readonly<Record<string, Call>> = {
  states: (context, target, input, principal) =>
    context.call(
      'stepfunctions',
      'StartExecution',
      { stateMachineArn: target.Arn, name: randomUUID(), input },
      principal,
    ),
  lambda: (context, target, input, principal) =>
    context.call(
      'lambda',
      'Invoke',
      { FunctionName: target.Arn, InvocationType: 'Event', Payload: Buffer.from(input) },
      principal,
    ),
  sqs: async (context, target, input, principal) => {
    const QueueName = target.Arn.split(':').at(-1);
    const { QueueUrl } = await context.call('sqs', 'GetQueueUrl', { QueueName }, principal);
    return context.call('sqs', 'SendMessage', { QueueUrl, MessageBody: input }, principal);
  },
  sns: (context, target, input, principal) =>
    context.call('sns', 'Publish', { TopicArn: target.Arn, Message: input }, principal),
};

/** Throws for a target that this cloud cannot call. */
export function assertTarget(target: Target): void {
  const service = target?.Arn?.split(':')[2] ?? '';
  if (!Object.hasOwn(CALLS, service))
    throw new NotEmulatedError('EventBridge Scheduler', `the target ${target?.Arn}`);
}

/** Fills in `<aws.scheduler.…>`. https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function inputOf(schedule: ScheduleRecord, dueAtMs: number, executionId: string, attempt: number): string {
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': schedule.arn,
    'scheduled-time': new Date(dueAtMs).toISOString().replace('.000Z', 'Z'),
    'execution-id': executionId,
    'attempt-number': String(attempt),
  };
  return (schedule.target.Input ?? '{}').replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (whole, name: string) => values[name] ?? whole,
  );
}

/** Delivers one firing; never rejects: a failure is retried on the clock, then sent to the dead-letter queue. */
export async function fire(
  context: CloudContext,
  schedule: ScheduleRecord,
  dueAtMs: number,
  attempt = 1,
): Promise<void> {
  const { target } = schedule;
  const executionId = randomUUID();
  const input = inputOf(schedule, dueAtMs, executionId, attempt);
  const principal = {
    roleArn: target.RoleArn,
    sessionName: schedule.name,
    service: 'scheduler.amazonaws.com',
  };
  try {
    await CALLS[target.Arn.split(':')[2]!]!(context, target, input, principal);
    context.events.emit('scheduler:fired', { scheduleArn: schedule.arn, dueAtMs });
  } catch (error) {
    const code = error instanceof AwsError ? error.code : 'InternalFailure';
    const message = (error as Error).message;
    const policy = target.RetryPolicy ?? {};
    const oldestMs = context.clock.now() - (policy.MaximumEventAgeInSeconds ?? DEFAULT_AGE_S) * 1000;
    if (attempt <= (policy.MaximumRetryAttempts ?? DEFAULT_RETRIES) && dueAtMs > oldestMs) {
      const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
      context.clock.after(pauseMs, () => void fire(context, schedule, dueAtMs, attempt + 1));
      return;
    }
    await bury(context, schedule, input, code, message);
  }
}

async function bury(
  context: CloudContext,
  schedule: ScheduleRecord,
  input: string,
  code: string,
  message: string,
) {
  const arn = schedule.target.DeadLetterConfig?.Arn;
  context.log(`scheduler: ${schedule.name}: ${schedule.target.Arn} was not called: ${code}: ${message}`);
  if (!arn) return;
  const attribute = (StringValue: string) => ({ DataType: 'String', StringValue });
  const principal = { service: 'scheduler.amazonaws.com' };
  try {
    const { QueueUrl } = await context.call(
      'sqs',
      'GetQueueUrl',
      { QueueName: arn.split(':').at(-1) },
      principal,
    );
    const MessageAttributes = {
      ERROR_CODE: attribute(code),
      ERROR_MESSAGE: attribute(message),
      TARGET_ARN: attribute(schedule.target.Arn),
      SCHEDULE_ARN: attribute(schedule.arn),
    };
    await context.call('sqs', 'SendMessage', { QueueUrl, MessageBody: input, MessageAttributes }, principal);
  } catch (error) {
    context.log(`scheduler: ${schedule.name}: ${arn} took no dead letter: ${(error as Error).message}`);
  }
}
