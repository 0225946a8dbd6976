/** The local CloudWatch through AWS's SDK client: statistics, metric math, and alarms on the cloud's clock. */
import assert from 'node:assert/strict';
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  GetDashboardCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  type MetricDatum,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type TestContext, test } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { eventually } from './support/functions.ts';
import { localCloud } from './support/localCloud.ts';

const MINUTE = 60_000;

async function watching(t: TestContext) {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const watch = new CloudWatchClient({ ...cloud.client, maxAttempts: 1 });
  const start = clock.now();
  return {
    clock,
    cloud,
    watch,
    start,
    put: (MetricName: string, value: Partial<MetricDatum>, minute = 0) =>
      watch.send(
        new PutMetricDataCommand({
          Namespace: 'Shop',
          MetricData: [{ MetricName, Timestamp: new Date(start + minute * MINUTE), ...value }],
        }),
      ),
    alarm: (settings: Partial<PutMetricAlarmCommandInput>) =>
      watch.send(
        new PutMetricAlarmCommand({
          AlarmName: 'errors',
          Namespace: 'Shop',
          MetricName: 'errors',
          Statistic: 'Sum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 5,
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          ...settings,
        }),
      ),
    state: async () => {
      const { MetricAlarms = [] } = await watch.send(new DescribeAlarmsCommand({ AlarmNames: ['errors'] }));
      return MetricAlarms[0]?.StateValue;
    },
  };
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
test('statistics are of all values put in a period', async (t) => {
  const { watch, put, start } = await watching(t);
  await put('latency', { Values: [10, 20, 30], Counts: [1, 1, 8] });
  await put('latency', { Value: 100 }, 1);

  const { Datapoints = [] } = await watch.send(
    new GetMetricStatisticsCommand({
      Namespace: 'Shop',
      MetricName: 'latency',
      StartTime: new Date(start),
      EndTime: new Date(start + 5 * MINUTE),
      Period: 60,
      Statistics: ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum'],
      ExtendedStatistics: ['p50', 'p10'],
    }),
  );

  const [first, second] = Datapoints;
  assert.deepEqual([first?.SampleCount, first?.Sum, first?.Average], [10, 270, 27]);
  assert.deepEqual([first?.Minimum, first?.Maximum], [10, 30]);
  assert.deepEqual(first?.ExtendedStatistics, { p50: 30, p10: 10 });
  assert.equal(second?.Sum, 100);
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
test('metric math combines series', async (t) => {
  const { watch, put, start } = await watching(t);
  await put('errors', { Value: 2 });
  await put('calls', { Value: 8 });
  await put('calls', { Value: 4 }, 1);
  const metric = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  });
  const answer = async (Expression: string) => {
    const { MetricDataResults = [] } = await watch.send(
      new GetMetricDataCommand({
        StartTime: new Date(start),
        EndTime: new Date(start + 3 * MINUTE),
        ScanBy: 'TimestampAscending',
        MetricDataQueries: [metric('e', 'errors'), metric('c', 'calls'), { Id: 'x', Expression }],
      }),
    );
    return MetricDataResults[0]?.Values;
  };

  assert.deepEqual(await answer('100 * e / c'), [25]);
  assert.deepEqual(await answer('FILL(e, 0) / c'), [0.25, 0]);
  assert.deepEqual(await answer('SUM([e, c])'), [10, 4]);
  assert.deepEqual(await answer('IF(c > 5, c, -1)'), [8, -1]);
  assert.deepEqual(await answer('MAX(METRICS()) - MIN(c)'), [4, 0]);
  await assert.rejects(answer('ANOMALY_DETECTION_BAND(c)'), /metric math function ANOMALY_DETECTION_BAND/);
});

test('an alarm goes off at the end of its period, and calms down again', async (t) => {
  const { clock, watch, put, alarm, state } = await watching(t);
  await alarm({ TreatMissingData: 'notBreaching' });
  const atFirst = await state();
  await put('errors', { Value: 3 });
  await put('errors', { Value: 2 });

  await clock.advance(MINUTE);
  await eventually(async () => (await state()) === 'ALARM');
  await clock.advance(4 * MINUTE);
  await eventually(async () => (await state()) === 'OK');

  const { AlarmHistoryItems = [] } = await watch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: 'errors' }),
  );
  assert.equal(atFirst, 'INSUFFICIENT_DATA');
  assert.deepEqual(
    AlarmHistoryItems.map(({ HistorySummary }) => HistorySummary),
    ['Alarm updated from ALARM to OK', 'Alarm updated from INSUFFICIENT_DATA to ALARM'],
  );
});

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
test('an alarm tells its topic', async (t) => {
  const { clock, cloud, put, alarm } = await watching(t);
  const sns = new SNSClient(cloud.client);
  const sqs = new SQSClient(cloud.client);
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'alarms' }));
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'told' }));
  const Endpoint = 'arn:aws:sqs:us-east-1:000000000000:told';
  await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
  await alarm({ AlarmActions: [TopicArn as string] });
  await put('errors', { Value: 7 });

  await clock.advance(MINUTE);

  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  const message = JSON.parse(JSON.parse(Messages[0]?.Body as string).Message);
  assert.deepEqual(
    [message.AlarmName, message.OldStateValue, message.NewStateValue, message.Trigger.MetricName],
    ['errors', 'INSUFFICIENT_DATA', 'ALARM', 'errors'],
  );
});

test('an alarm on an expression watches the expression', async (t) => {
  const { clock, put, alarm, state } = await watching(t);
  const metric = (Id: string, MetricName: string) => ({
    Id,
    MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    ReturnData: false,
  });
  await alarm({
    Namespace: undefined,
    MetricName: undefined,
    Statistic: undefined,
    Period: undefined,
    Metrics: [
      metric('e', 'errors'),
      metric('c', 'calls'),
      { Id: 'rate', Expression: 'e / c', ReturnData: true },
    ],
    Threshold: 0.5,
  });
  await put('errors', { Value: 6 });
  await put('calls', { Value: 10 });

  await clock.advance(MINUTE);

  await eventually(async () => (await state()) === 'ALARM');
});

test('an alarm whose action or comparison is not emulated is refused', async (t) => {
  const { alarm } = await watching(t);

  await assert.rejects(
    alarm({ AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'] }),
    /alarm action arn:aws:automate/,
  );
  await assert.rejects(
    alarm({ ComparisonOperator: 'GreaterThanUpperThreshold' }),
    /GreaterThanUpperThreshold/,
  );
});

test('a dashboard is kept as it was written', async (t) => {
  const { watch } = await watching(t);
  const DashboardBody = JSON.stringify({ widgets: [{ type: 'text' }] });
  await watch.send(new PutDashboardCommand({ DashboardName: 'd', DashboardBody }));

  const read = await watch.send(new GetDashboardCommand({ DashboardName: 'd' }));

  assert.equal(read.DashboardBody, DashboardBody);
});

test("AWS's own namespaces are not for callers", async (t) => {
  const { watch } = await watching(t);

  await assert.rejects(
    watch.send(
      new PutMetricDataCommand({ Namespace: 'AWS/Lambda', MetricData: [{ MetricName: 'x', Value: 1 }] }),
    ),
    /The value AWS\/Lambda for parameter Namespace is invalid/,
  );
});
