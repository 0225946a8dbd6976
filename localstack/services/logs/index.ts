/** CloudWatch Logs: groups, streams and events; metrics embedded in lines go on to CloudWatch. */
import { AwsError } from '../../core/errors.ts';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Provider } from '../cloudformation/support.ts';
import { embeddedMetrics } from './embeddedMetrics.ts';
import { filterPattern } from './filterPattern.ts';
import { type LogEvent, type LogGroup, openLogStore } from './store.ts';

const HOUR_MS = 3_600_000;
const MOST_EVENTS = 10_000;
const MOST_DESCRIBED = 50;

const notFound = (what: string) =>
  new AwsError('ResourceNotFoundException', `The specified ${what} does not exist.`);

export function createLogs(context: CloudContext): Service {
  const store = openLogStore(context.stateDir);
  let cancelExpiry = () => {};
  const arn = (name: string) => `arn:aws:logs:${context.region}:${context.accountId}:log-group:${name}`;

  function requireGroup(input: { logGroupName?: string; logGroupIdentifier?: string }): LogGroup {
    const name = input.logGroupName ?? input.logGroupIdentifier?.split('log-group:').at(-1) ?? '';
    const group = store.group(name.replace(/:\*$/, ''));
    if (!group) throw notFound('log group');
    return group;
  }

  function requireStream(group: LogGroup, name: string) {
    const stream = store.stream(group.name, name);
    if (!stream) throw notFound('log stream');
    return stream;
  }

  async function append(group: string, stream: string, events: { timestamp: number; message: string }[]) {
    store.append(group, stream, events, context.clock.now());
    for (const { message } of events) {
      for (const metrics of embeddedMetrics(message)) await context.call('cloudwatch', '_Record', metrics);
    }
  }

  const tokenOf = (event: LogEvent | undefined) => event && `${event.timestamp}/${event.id}`;
  const fromToken = (token: string | undefined) => {
    const [timestamp, id] = token?.replace(/^[fb]\//, '').split('/') ?? [];
    return timestamp === undefined ? undefined : { timestamp: Number(timestamp), id: Number(id) };
  };

  const actions: Record<string, Action> = {
    CreateLogGroup({ logGroupName }) {
      if (store.group(logGroupName)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists');
      }
      store.saveGroup({ name: logGroupName, createdAtMs: context.clock.now() });
    },
    DeleteLogGroup(input) {
      store.dropGroup(requireGroup(input).name);
    },
    PutRetentionPolicy(input) {
      store.saveGroup({ ...requireGroup(input), retentionDays: input.retentionInDays });
    },
    DeleteRetentionPolicy(input) {
      store.saveGroup({ ...requireGroup(input), retentionDays: undefined });
    },
    DescribeLogGroups({ logGroupNamePrefix = '', limit = MOST_DESCRIBED, nextToken }) {
      const found = store
        .groups()
        .filter(({ name }) => name.startsWith(logGroupNamePrefix) && (!nextToken || name > nextToken));
      return {
        logGroups: found.slice(0, limit).map(({ name, createdAtMs, retentionDays }) => ({
          logGroupName: name,
          creationTime: createdAtMs,
          retentionInDays: retentionDays,
          arn: `${arn(name)}:*`,
          logGroupArn: arn(name),
          logGroupClass: 'STANDARD',
          metricFilterCount: 0,
        })),
        nextToken: found.length > limit ? found[limit - 1]?.name : undefined,
      };
    },
    CreateLogStream(input) {
      const group = requireGroup(input);
      if (store.stream(group.name, input.logStreamName)) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists');
      }
      store.addStream(group.name, input.logStreamName, context.clock.now());
    },
    DescribeLogStreams(input) {
      const { name } = requireGroup(input);
      const streams = store
        .streams(name)
        .filter((stream) => stream.name.startsWith(input.logStreamNamePrefix ?? ''));
      if (input.orderBy === 'LastEventTime') {
        streams.sort((a, b) => (a.lastEventMs ?? 0) - (b.lastEventMs ?? 0));
      }
      if (input.descending) streams.reverse();
      const from = Number(input.nextToken ?? 0);
      const limit = input.limit ?? MOST_DESCRIBED;
      return {
        logStreams: streams.slice(from, from + limit).map((stream) => ({
          logStreamName: stream.name,
          creationTime: stream.createdAtMs,
          firstEventTimestamp: stream.firstEventMs,
          lastEventTimestamp: stream.lastEventMs,
          lastIngestionTime: stream.lastIngestedMs,
          arn: `${arn(name)}:log-stream:${stream.name}`,
        })),
        nextToken: streams.length > from + limit ? String(from + limit) : undefined,
      };
    },
    async PutLogEvents(input) {
      const group = requireGroup(input);
      requireStream(group, input.logStreamName);
      await append(group.name, input.logStreamName, input.logEvents);
      return {};
    },
    GetLogEvents(input) {
      const group = requireGroup(input);
      requireStream(group, input.logStreamName);
      const backwards = input.nextToken ? input.nextToken.startsWith('b/') : !input.startFromHead;
      const found = take(
        store.events({
          group: group.name,
          streams: [input.logStreamName],
          startMs: input.startTime,
          endMs: input.endTime,
          after: fromToken(input.nextToken),
          backwards,
        }),
        input.limit ?? MOST_EVENTS,
      );
      if (backwards) found.reverse();
      const unmoved = input.nextToken?.slice(2) ?? '0/0';
      return {
        events: found.map(({ timestamp, message, ingestedAtMs }) => ({
          timestamp,
          message,
          ingestionTime: ingestedAtMs,
        })),
        nextForwardToken: `f/${tokenOf(found.at(-1)) ?? unmoved}`,
        nextBackwardToken: `b/${tokenOf(found[0]) ?? unmoved}`,
      };
    },
    FilterLogEvents(input) {
      const group = requireGroup(input);
      const matches = filterPattern(input.filterPattern);
      const limit = input.limit ?? MOST_EVENTS;
      const found = take(
        store
          .events({
            group: group.name,
            streams: input.logStreamNames,
            streamPrefix: input.logStreamNamePrefix,
            startMs: input.startTime,
            endMs: input.endTime,
            after: fromToken(input.nextToken),
          })
          .filter(({ message }) => matches(message)),
        limit + 1,
      );
      const events = found.slice(0, limit);
      return {
        events: events.map(({ id, stream, timestamp, message, ingestedAtMs }) => ({
          logStreamName: stream,
          timestamp,
          message,
          ingestionTime: ingestedAtMs,
          eventId: String(id),
        })),
        searchedLogStreams: [],
        nextToken: found.length > limit ? tokenOf(events.at(-1)) : undefined,
      };
    },
    /** In process only: PutLogEvents of a service, whose group and stream are made when they are missing. */
    async _Append({ logGroupName, logStreamName, logEvents }) {
      const now = context.clock.now();
      if (!store.group(logGroupName)) store.saveGroup({ name: logGroupName, createdAtMs: now });
      store.addStream(logGroupName, logStreamName, now);
      await append(logGroupName, logStreamName, logEvents);
    },
  };

  const logGroup: Provider = {
    properties: ['LogGroupName', 'RetentionInDays'],
    notEmulated: ['DataProtectionPolicy', 'DeletionProtectionEnabled', 'KmsKeyId', 'LogGroupClass'],
    async deploy(request) {
      const { properties, physicalId } = request;
      const name: string = properties.LogGroupName ?? physicalId ?? physicalName(request, 512);
      const createdAtMs = store.group(name)?.createdAtMs ?? context.clock.now();
      const days = properties.RetentionInDays;
      store.saveGroup({ name, createdAtMs, retentionDays: days === undefined ? undefined : Number(days) });
      return { physicalId: name, attributes: { Arn: `${arn(name)}:*` } };
    },
    async remove(name) {
      store.dropGroup(name);
    },
  };

  function expireHourly() {
    store.expire(context.clock.now());
    cancelExpiry = context.clock.after(HOUR_MS, expireHourly);
  }

  return {
    name: 'logs',
    actions,
    resources: { 'AWS::Logs::LogGroup': logGroup },
    async start() {
      expireHourly();
    },
    async stop() {
      cancelExpiry();
      store.close();
    },
  };
}

function take(events: IteratorObject<LogEvent>, limit: number): LogEvent[] {
  return events.take(limit).toArray();
}
