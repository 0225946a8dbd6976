/** Metrics as log lines in CloudWatch's embedded metric format: no call, no permission, nothing to fail. */

import { DEFAULT_PREFIX, metricNamespace } from '../../lib/model/layout.ts';
import type { StudyMetric } from '../../lib/model/metrics.ts';

/** Figures of an invocation: those of `metrics` become metrics, unless they are 0 (alarms and graphs take a missing one for it); `more` is only in the log. */
interface Figures {
  readonly metrics: Readonly<Partial<Record<StudyMetric, number>>>;
  readonly more?: Readonly<Record<string, number>>;
}

/**
 * One line in the embedded metric format, namespace of the function's lake, dimension `Study`, unit Count.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param nowMs milliseconds since the epoch
 */
export function metricLine(study: string, { metrics, more = {} }: Figures, nowMs: number): string {
  const written = Object.entries(metrics).filter(([, value]) => value !== 0);
  return JSON.stringify({
    ...(written.length > 0 && {
      _aws: {
        Timestamp: nowMs,
        CloudWatchMetrics: [
          {
            Namespace: metricNamespace(process.env.LAKE_PREFIX ?? DEFAULT_PREFIX),
            Dimensions: [['Study']],
            Metrics: written.map(([Name]) => ({ Name, Unit: 'Count' })),
          },
        ],
      },
    }),
    Study: study,
    ...metrics,
    ...more,
  });
}
