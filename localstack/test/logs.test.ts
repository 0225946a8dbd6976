/** The local CloudWatch Logs through AWS's SDK client; expectations name their source. */
import assert from 'node:assert/strict';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { type TestContext, test } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud } from './support/localCloud.ts';

const group = { logGroupName: '/app' };
const stream = { ...group, logStreamName: 's1' };

async function logging(t: TestContext) {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const logs = new CloudWatchLogsClient({ ...cloud.client, maxAttempts: 1 });
  await logs.send(new CreateLogGroupCommand(group));
  await logs.send(new CreateLogStreamCommand(stream));
  const put = (...messages: string[]) =>
    logs.send(
      new PutLogEventsCommand({
        ...stream,
        logEvents: messages.map((message, index) => ({ message, timestamp: clock.now() + index })),
      }),
    );
  return { clock, cloud, logs, put };
}

const messages = ({ events = [] }: { events?: { message?: string }[] }) =>
  events.map(({ message }) => message);

test('events are read from the head, and on from a token', async (t) => {
  const { logs, put } = await logging(t);
  await put('one', 'two', 'three');

  const first = await logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true, limit: 2 }));
  const nextToken = first.nextForwardToken;
  const second = await logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true, nextToken }));
  const end = await logs.send(
    new GetLogEventsCommand({ ...stream, startFromHead: true, nextToken: second.nextForwardToken }),
  );
  const newest = await logs.send(new GetLogEventsCommand({ ...stream, limit: 1 }));

  assert.deepEqual([first, second, end, newest].map(messages), [['one', 'two'], ['three'], [], ['three']]);
  // "If you have reached the end of the stream, it returns the same token you passed in." (API_GetLogEvents)
  assert.equal(end.nextForwardToken, second.nextForwardToken);
});

test('filter patterns pick events, page by page', async (t) => {
  const { logs, put } = await logging(t);
  await put('ERROR disk full', 'INFO fine', 'ERROR net "down"', 'WARN net slow');
  const filter = async (filterPattern: string) =>
    messages(await logs.send(new FilterLogEventsCommand({ ...group, filterPattern })));

  const page = await logs.send(new FilterLogEventsCommand({ ...group, filterPattern: 'ERROR', limit: 1 }));
  const rest = await logs.send(
    new FilterLogEventsCommand({ ...group, filterPattern: 'ERROR', nextToken: page.nextToken }),
  );

  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
  assert.deepEqual(await filter('ERROR net'), ['ERROR net "down"']);
  assert.deepEqual(await filter('?WARN ?INFO'), ['INFO fine', 'WARN net slow']);
  assert.deepEqual(await filter('net -ERROR'), ['WARN net slow']);
  assert.deepEqual(await filter('"disk full"'), ['ERROR disk full']);
  await assert.rejects(filter('{ $.level = "ERROR" }'), /filter pattern/);
  assert.deepEqual([messages(page), messages(rest)], [['ERROR disk full'], ['ERROR net "down"']]);
});

test("events leave when their group's retention is over", async (t) => {
  const { clock, logs, put } = await logging(t);
  await logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays: 3 }));
  await put('old');
  await clock.advance(2 * 86_400_000);
  await put('young');

  await clock.advance(1.5 * 86_400_000);

  assert.deepEqual(messages(await logs.send(new FilterLogEventsCommand(group))), ['young']);
});

test('groups and streams are described, and survive a restart', async (t) => {
  const { cloud, put } = await logging(t);
  await put('x');
  const logs = new CloudWatchLogsClient((await cloud.restarted()).client);

  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/a' }));
  const { logStreams = [] } = await logs.send(new DescribeLogStreamsCommand(group));

  assert.equal(logGroups[0]?.arn, 'arn:aws:logs:us-east-1:000000000000:log-group:/app:*');
  assert.deepEqual(
    logStreams.map(({ logStreamName, lastEventTimestamp }) => [logStreamName, lastEventTimestamp]),
    [['s1', Date.UTC(2026, 0, 1)]],
  );
});

test("a group that is not there is refused in AWS's words", async (t) => {
  const { logs } = await logging(t);

  // LocalStack's recorded answer, tests/aws/services/logs: ResourceNotFoundException
  await assert.rejects(logs.send(new FilterLogEventsCommand({ logGroupName: 'none' })), {
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
});

test('a group is kept for one of the numbers of days that AWS knows, and has a name of its characters', async (t) => {
  // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  const { logs } = await logging(t);
  const keep = (retentionInDays: number) =>
    logs.send(new PutRetentionPolicyCommand({ ...group, retentionInDays }));

  await assert.rejects(keep(999), {
    name: 'InvalidParameterException',
    message:
      "1 validation error detected: Value '999' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]",
  });
  await keep(365);
  await assert.rejects(logs.send(new CreateLogGroupCommand({ logGroupName: 'a b' })), {
    message: /at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern/,
  });

  const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
  assert.deepEqual(
    logGroups?.map(({ retentionInDays }) => retentionInDays),
    [365],
  );
});

test('events must come in order; those too old or too new are left out, and the answer says which', async (t) => {
  // LocalStack's recorded answers: tests/aws/services/logs/test_logs_events.snapshot.json.
  const { logs, clock } = await logging(t);
  const HOUR = 3_600_000;
  const put = (...hours: number[]) =>
    logs.send(
      new PutLogEventsCommand({
        ...stream,
        logEvents: hours.map((hour) => ({ message: String(hour), timestamp: clock.now() + hour * HOUR })),
      }),
    );

  await assert.rejects(put(1, 0), {
    message: 'Log events in a single PutLogEvents request must be in chronological order.',
  });
  await assert.rejects(put(0, 25), /cannot span more than 24 hours/);
  const late = await put(1, 3);
  const early = await put(-14 * 24 - 1, -14 * 24 + 1);

  assert.deepEqual(late.rejectedLogEventsInfo, { tooNewLogEventStartIndex: 1 });
  assert.deepEqual(early.rejectedLogEventsInfo, { tooOldLogEventEndIndex: 1 });
  const read = await logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true }));
  assert.deepEqual(messages(read), [String(-14 * 24 + 1), '1']);
});

test('events are filtered from the newest backwards for a caller that asks for it', async (t) => {
  const { logs, put } = await logging(t);
  await put('one', 'two', 'three');
  const filter = (more: object) =>
    logs.send(new FilterLogEventsCommand({ ...group, startFromHead: false, limit: 2, ...more }));

  const newest = await filter({});
  const rest = await filter({ nextToken: newest.nextToken });

  assert.deepEqual([messages(newest), messages(rest)], [['three', 'two'], ['one']]);
});
