/** Kinesis's own CloudWatch metrics, gathered in memory and handed over once a minute of the cloud's clock. */
import type { CloudContext } from '../../core/service.ts';

/** https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html#kinesis-metrics-stream */
export type MetricName =
  | 'IncomingRecords'
  | 'IncomingBytes'
  | 'PutRecords.Records'
  | 'GetRecords.Records'
  | 'GetRecords.Bytes'
  | 'GetRecords.IteratorAgeMilliseconds'
  | 'WriteProvisionedThroughputExceeded'
  | 'ReadProvisionedThroughputExceeded';

export interface Metrics {
  add(stream: string, name: MetricName, value: number): void;
  start(): void;
  stop(): Promise<void>;
}

interface Statistics {
  count: number;
  sum: number;
  min: number;
  max: number;
}

const MINUTE_MS = 60_000;

const unitOf = (name: MetricName) =>
  name.endsWith('Bytes') ? 'Bytes' : name.endsWith('Milliseconds') ? 'Milliseconds' : 'Count';

export function createMetrics(context: CloudContext): Metrics {
  let gathered = new Map<string, Map<MetricName, Statistics>>();
  let cancel = () => {};

  async function flush(): Promise<void> {
    const minute = gathered;
    gathered = new Map();
    if (!context.services().some((service) => service.name === 'cloudwatch')) return;
    const Timestamp = Math.floor((context.clock.now() - 1) / MINUTE_MS) * 60;
    for (const [stream, metrics] of minute)
      await context.call(
        'cloudwatch',
        'PutMetricData',
        {
          Namespace: 'AWS/Kinesis',
          MetricData: [...metrics].map(([MetricName, { count, sum, min, max }]) => ({
            MetricName,
            Dimensions: [{ Name: 'StreamName', Value: stream }],
            Timestamp,
            Unit: unitOf(MetricName),
            StatisticValues: { SampleCount: count, Sum: sum, Minimum: min, Maximum: max },
          })),
        },
        { service: 'kinesis.amazonaws.com' },
      );
  }

  function everyMinute(): void {
    cancel = context.clock.after(MINUTE_MS - (context.clock.now() % MINUTE_MS), () => {
      flush().catch((error) => context.log(`Kinesis could not hand its metrics over: ${error.message}`));
      everyMinute();
    });
  }

  return {
    add(stream, name, value) {
      const ofStream = gathered.get(stream) ?? new Map<MetricName, Statistics>();
      gathered.set(stream, ofStream);
      const known = ofStream.get(name);
      if (!known) ofStream.set(name, { count: 1, sum: value, min: value, max: value });
      else {
        known.count++;
        known.sum += value;
        known.min = Math.min(known.min, value);
        known.max = Math.max(known.max, value);
      }
    },
    start: everyMinute,
    async stop() {
      cancel();
      await flush().catch((error) =>
        context.log(`Kinesis could not hand its metrics over: ${error.message}`),
      );
    },
  };
}
