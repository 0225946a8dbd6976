/** Hands an event to the targets of the rules that take it. */
import { randomUUID } from 'node:crypto';
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { parsePattern, patternTakes } from './pattern.ts';
import type { Rule, Store, Target } from './store.ts';

export interface Event {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: never;
}

const TARGET_SERVICES = ['lambda', 'sqs', 'sns', 'states'];

/** Throws for a target, or an input path of one, that this cloud does not do. */
export function assertTarget(target: Target): void {
  if (!TARGET_SERVICES.includes(target.Arn.split(':')[2] ?? '')) {
    throw new NotEmulatedError('EventBridge', `the target ${target.Arn}`);
  }
  if (target.InputPath !== undefined && !/^\$(\.[\w-]+)*$/.test(target.InputPath)) {
    throw new NotEmulatedError('EventBridge', `the input path ${target.InputPath}`);
  }
}

function inputFor(target: Target, event: Event): string {
  if (target.Input !== undefined) return target.Input;
  const steps = target.InputPath?.split('.').slice(1) ?? [];
  let value: unknown = event;
  for (const step of steps) value = (value as Record<string, unknown> | undefined)?.[step];
  return JSON.stringify(value ?? null);
}

async function send(context: CloudContext, target: Target, input: string): Promise<void> {
  const principal = { roleArn: target.RoleArn, service: 'events.amazonaws.com' };
  switch (target.Arn.split(':')[2]) {
    case 'lambda':
      await context.call(
        'lambda',
        'Invoke',
        { FunctionName: target.Arn, InvocationType: 'Event', Payload: Buffer.from(input) },
        principal,
      );
      return;
    case 'sns':
      await context.call('sns', 'Publish', { TopicArn: target.Arn, Message: input }, principal);
      return;
    case 'states':
      await context.call(
        'stepfunctions',
        'StartExecution',
        { stateMachineArn: target.Arn, name: randomUUID(), input },
        principal,
      );
      return;
    default:
      await toQueue(context, target.Arn, input);
  }
}

async function toQueue(context: CloudContext, arn: string, MessageBody: string): Promise<void> {
  const principal = { service: 'events.amazonaws.com' };
  const { QueueUrl } = await context.call(
    'sqs',
    'GetQueueUrl',
    { QueueName: arn.split(':').at(-1) },
    principal,
  );
  await context.call('sqs', 'SendMessage', { QueueUrl, MessageBody }, principal);
}

/** A target that fails is not tried again: its dead-letter queue gets the event, or the log says so. Never rejects. */
export async function deliverTo(context: CloudContext, rule: Rule, event: Event): Promise<void> {
  for (const target of rule.targets) {
    const input = inputFor(target, event);
    try {
      await send(context, target, input);
    } catch (error) {
      context.log(`events: ${rule.name}: ${target.Arn} was not called: ${(error as Error).message}`);
      await bury(context, rule, target, input);
    }
  }
}

async function bury(context: CloudContext, rule: Rule, target: Target, input: string): Promise<void> {
  const arn = target.DeadLetterConfig?.Arn;
  if (!arn) return;
  try {
    await toQueue(context, arn, input);
  } catch (error) {
    context.log(`events: ${rule.name}: ${arn} took no dead letter: ${(error as Error).message}`);
  }
}

/** Delivers an event to every enabled rule whose pattern takes it. */
export async function publish(context: CloudContext, store: Store, event: Event): Promise<void> {
  for (const rule of store.rules()) {
    if (rule.state !== 'ENABLED' || rule.pattern === undefined) continue;
    if (patternTakes(parsePattern(rule.pattern), event as never)) await deliverTo(context, rule, event);
  }
}
