/** State shared by CloudWatch Logs' actions: groups and streams, found by name. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { embeddedMetrics } from './embeddedMetrics.ts';
import type { LogGroup, LogStore, LogStream } from './store.ts';

export interface Logs {
  readonly context: CloudContext;
  readonly store: LogStore;
}

export interface GroupInput {
  readonly logGroupName?: string;
  /** A name or an ARN. */
  readonly logGroupIdentifier?: string;
}

export const invalid = (message: string) => new AwsError('InvalidParameterException', message);

const notFound = (what: string) =>
  new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`);

export const exists = (what: string) =>
  new AwsError('ResourceAlreadyExistsException', `The specified ${what} already exists`);

export const groupArn = ({ context }: Logs, name: string) =>
  `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;

/** The name in a group's ARN, or the name itself. */
export const nameIn = (identifier: string) =>
  (identifier.split('log-group:').at(-1) ?? '').replace(/:\*$/, '');

export function groupOf({ store }: Logs, input: GroupInput): LogGroup {
  const group = store.group(input.logGroupName ?? nameIn(input.logGroupIdentifier ?? ''));
  if (!group) throw notFound('log group');
  return group;
}

export function streamOf({ store }: Logs, group: LogGroup, name: string): LogStream {
  const stream = store.stream(group.name, name);
  if (!stream) throw notFound('log stream');
  return stream;
}

/** Keeps events, and hands on the metrics that are embedded in them. */
export async function append(
  { context, store }: Logs,
  group: string,
  stream: string,
  events: readonly { timestamp: number; message: string }[],
): Promise<void> {
  store.append(group, stream, events, context.clock.now());
  for (const { message } of events) {
    for (const metrics of embeddedMetrics(message)) await context.call('cloudwatch', '_Record', metrics);
  }
}
