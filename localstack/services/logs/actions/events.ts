/** Log events: put, read from one stream, or filtered over a group. */
import type { Action } from '../../../core/service.ts';
import { filterPattern } from '../filterPattern.ts';
import { append, type GroupInput, groupOf, invalid, type Logs, streamOf } from '../state.ts';
import type { LogEvent, LogGroup } from '../store.ts';

const MOST_EVENTS = 10_000;
const DAY_MS = 86_400_000;
/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html */
const LARGEST_BATCH_BYTES = 1_048_576;
const EVENT_OVERHEAD_BYTES = 26;
const OLDEST_MS = 14 * DAY_MS;
const NEWEST_MS = 2 * 3_600_000;

interface NewEvent {
  readonly timestamp: number;
  readonly message: string;
}

interface PutInput extends GroupInput {
  readonly logStreamName: string;
  readonly logEvents: readonly NewEvent[];
}

interface ReadInput extends GroupInput {
  readonly startTime?: number;
  readonly endTime?: number;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

type GetInput = ReadInput & { readonly logStreamName: string };

interface FilterInput extends ReadInput {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly filterPattern?: string;
}

const tokenOf = (event: LogEvent | undefined) => event && `${event.timestamp}/${event.id}`;

/** `f/<timestamp>/<id>` goes on after an event, `b/…` before it. */
function positionIn(token: string | undefined) {
  if (token === undefined) return undefined;
  const [, timestamp, id] = /^[fb]\/(\d+)\/(\d+)$/.exec(token) ?? [];
  if (timestamp === undefined) throw invalid('The specified nextToken is invalid.');
  return { timestamp: Number(timestamp), id: Number(id) };
}

function checkBatch(events: readonly NewEvent[]): void {
  const bytes = events.reduce(
    (sum, { message }) => sum + Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES,
    0,
  );
  if (bytes > LARGEST_BATCH_BYTES)
    throw invalid(`Upload too large: ${bytes} bytes exceeds limit of ${LARGEST_BATCH_BYTES}`);
  if (events.some(({ timestamp }, index) => timestamp < (events[index - 1]?.timestamp ?? timestamp)))
    throw invalid('Log events in a single PutLogEvents request must be in chronological order.');
  const [first] = events;
  const last = events.at(-1);
  if (first && last && last.timestamp - first.timestamp > DAY_MS)
    throw invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
}

/** Events that are too old, past the group's retention or too far ahead are left out, and the answer says which. */
function sorted(events: readonly NewEvent[], group: LogGroup, nowMs: number) {
  const keptMs = (group.retentionDays ?? Number.POSITIVE_INFINITY) * DAY_MS;
  const expired = events.filter(({ timestamp }) => timestamp < nowMs - keptMs).length;
  const old = events.filter(({ timestamp }) => timestamp < nowMs - OLDEST_MS).length;
  const tooNew = events.findIndex(({ timestamp }) => timestamp > nowMs + NEWEST_MS);
  const kept = events.slice(Math.max(expired, old), tooNew < 0 ? undefined : tooNew);
  const info = {
    ...(old > 0 && { tooOldLogEventEndIndex: old }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
    ...(tooNew >= 0 && { tooNewLogEventStartIndex: tooNew }),
  };
  return { kept, info: kept.length < events.length ? info : undefined };
}

async function putEvents(logs: Logs, input: PutInput) {
  const group = groupOf(logs, input);
  streamOf(logs, group, input.logStreamName);
  checkBatch(input.logEvents);
  const { kept, info } = sorted(input.logEvents, group, logs.context.clock.now());
  await append(logs, group.name, input.logStreamName, kept);
  return { rejectedLogEventsInfo: info };
}

function getEvents(logs: Logs, input: GetInput) {
  const group = groupOf(logs, input);
  streamOf(logs, group, input.logStreamName);
  const after = positionIn(input.nextToken);
  const backwards = input.nextToken ? input.nextToken.startsWith('b/') : !input.startFromHead;
  const found = logs.store
    .events({
      group: group.name,
      streams: [input.logStreamName],
      startMs: input.startTime,
      endMs: input.endTime,
      after,
      backwards,
    })
    .take(input.limit ?? MOST_EVENTS)
    .toArray();
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
}

function filterEvents(logs: Logs, input: FilterInput) {
  const group = groupOf(logs, input);
  if (input.logStreamNames && input.logStreamNamePrefix !== undefined)
    throw invalid('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  const matches = filterPattern(input.filterPattern);
  const limit = input.limit ?? MOST_EVENTS;
  const backwards = input.nextToken ? input.nextToken.startsWith('b/') : input.startFromHead === false;
  const found = logs.store
    .events({
      group: group.name,
      streams: input.logStreamNames,
      streamPrefix: input.logStreamNamePrefix,
      startMs: input.startTime,
      endMs: input.endTime,
      after: positionIn(input.nextToken),
      backwards,
    })
    .filter(({ message }) => matches(message))
    .take(limit + 1)
    .toArray();
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
    nextToken: found.length > limit ? `${backwards ? 'b' : 'f'}/${tokenOf(events.at(-1))}` : undefined,
  };
}

export const eventActions = (logs: Logs): Record<string, Action> => ({
  PutLogEvents: (input: PutInput) => putEvents(logs, input),
  GetLogEvents: (input: GetInput) => getEvents(logs, input),
  FilterLogEvents: (input: FilterInput) => filterEvents(logs, input),
  /** In process only: PutLogEvents of a service, whose group and stream are made when they are missing. */
  async _Append({ logGroupName, logStreamName, logEvents }) {
    const now = logs.context.clock.now();
    if (!logs.store.group(logGroupName)) logs.store.saveGroup({ name: logGroupName, createdAtMs: now });
    logs.store.addStream(logGroupName, logStreamName, now);
    await append(logs, logGroupName, logStreamName, logEvents);
  },
});
