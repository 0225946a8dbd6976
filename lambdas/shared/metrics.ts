/** Metrics as log lines in CloudWatch's embedded metric format: no call, no permission, nothing to fail. */

import { DEFAULT_PREFIX, metricNamespace } from '../../lib/model/layout.ts';

export type MetricUnit = 'Count' | 'Bytes' | 'Milliseconds' | 'Seconds';

/**
 * One line in the embedded metric format, namespace of the function's lake, dimension `Study`.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param nowMs milliseconds since the epoch
 */
export function metricLine(
  study: string,
  metrics: Readonly<Record<string, readonly [value: number, unit: MetricUnit]>>,
  nowMs: number,
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: nowMs,
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace(process.env.LAKE_PREFIX ?? DEFAULT_PREFIX),
          Dimensions: [['Study']],
          Metrics: Object.entries(metrics).map(([Name, [, Unit]]) => ({ Name, Unit })),
        },
      ],
    },
    Study: study,
    ...Object.fromEntries(Object.entries(metrics).map(([name, [value]]) => [name, value])),
  });
}
