/** Log groups and their streams: created, described, kept for so many days, deleted. */
import { pageOf } from '../../../core/paging.ts';
import type { Action } from '../../../core/service.ts';
import { exists, type GroupInput, groupArn, groupOf, invalid, type Logs, nameIn } from '../state.ts';
import type { LogGroup, LogStream } from '../store.ts';

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
const MOST_DESCRIBED = 50;

interface Paging {
  readonly limit?: number;
  readonly nextToken?: string;
}

interface DescribeGroupsInput extends Paging {
  readonly logGroupNamePrefix?: string;
  readonly logGroupNamePattern?: string;
  readonly logGroupIdentifiers?: readonly string[];
  readonly logGroupClass?: string;
}

interface DescribeStreamsInput extends Paging, GroupInput {
  readonly logStreamNamePrefix?: string;
  readonly orderBy?: 'LogStreamName' | 'LastEventTime';
  readonly descending?: boolean;
}

const invalidToken = () => invalid('The specified nextToken is invalid.');

const describedGroup = (logs: Logs, { name, createdAtMs, retentionDays }: LogGroup) => ({
  logGroupName: name,
  creationTime: createdAtMs,
  retentionInDays: retentionDays,
  arn: `${groupArn(logs, name)}:*`,
  logGroupArn: groupArn(logs, name),
  logGroupClass: 'STANDARD',
  metricFilterCount: 0,
});

function describeGroups(logs: Logs, input: DescribeGroupsInput) {
  const { logGroupNamePrefix: prefix, logGroupNamePattern: pattern, logGroupIdentifiers: ids } = input;
  if (prefix !== undefined && pattern !== undefined)
    throw invalid('LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.');
  const names = ids && new Set(ids.map(nameIn));
  const found = logs.store
    .groups()
    .filter(({ name }) => name.startsWith(prefix ?? '') && (!names || names.has(name)))
    .filter(({ name }) => name.toLowerCase().includes(pattern?.toLowerCase() ?? ''))
    .filter(() => input.logGroupClass === undefined || input.logGroupClass === 'STANDARD');
  const { items, next } = pageOf(found, {
    keyOf: ({ name }) => name,
    limit: input.limit ?? MOST_DESCRIBED,
    token: input.nextToken,
    invalidToken,
  });
  return { logGroups: items.map((group) => describedGroup(logs, group)), nextToken: next };
}

/** By name, or by the time of the last event; backwards for a caller that says so. */
function inOrder(streams: readonly LogStream[], { orderBy, descending }: DescribeStreamsInput) {
  const ordered =
    orderBy === 'LastEventTime'
      ? streams.toSorted((a, b) => (a.lastEventMs ?? 0) - (b.lastEventMs ?? 0))
      : [...streams];
  return descending ? ordered.reverse() : ordered;
}

function describeStreams(logs: Logs, input: DescribeStreamsInput) {
  const { name } = groupOf(logs, input);
  if (input.orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined)
    throw invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
  const streams = logs.store
    .streams(name)
    .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''));
  const from = input.nextToken === undefined ? 0 : Number(input.nextToken);
  if (!Number.isInteger(from)) throw invalidToken();
  const end = from + (input.limit ?? MOST_DESCRIBED);
  return {
    logStreams: inOrder(streams, input)
      .slice(from, end)
      .map((stream) => ({
        logStreamName: stream.name,
        creationTime: stream.createdAtMs,
        firstEventTimestamp: stream.firstEventMs,
        lastEventTimestamp: stream.lastEventMs,
        lastIngestionTime: stream.lastIngestedMs,
        arn: `${groupArn(logs, name)}:log-stream:${stream.name}`,
      })),
    nextToken: streams.length > end ? String(end) : undefined,
  };
}

export const groupActions = (logs: Logs): Record<string, Action> => ({
  CreateLogGroup({ logGroupName: name }: { logGroupName: string }) {
    if (logs.store.group(name)) throw exists('log group');
    logs.store.saveGroup({ name, createdAtMs: logs.context.clock.now() });
  },
  DeleteLogGroup(input: GroupInput) {
    logs.store.dropGroup(groupOf(logs, input).name);
  },
  PutRetentionPolicy(input: GroupInput & { retentionInDays: number }) {
    logs.store.saveGroup({ ...groupOf(logs, input), retentionDays: input.retentionInDays });
  },
  DeleteRetentionPolicy(input: GroupInput) {
    logs.store.saveGroup({ ...groupOf(logs, input), retentionDays: undefined });
  },
  DescribeLogGroups: (input: DescribeGroupsInput) => describeGroups(logs, input),
  CreateLogStream(input: GroupInput & { logStreamName: string }) {
    const group = groupOf(logs, input);
    if (logs.store.stream(group.name, input.logStreamName)) throw exists('log stream');
    logs.store.addStream(group.name, input.logStreamName, logs.context.clock.now());
  },
  DescribeLogStreams: (input: DescribeStreamsInput) => describeStreams(logs, input),
});
