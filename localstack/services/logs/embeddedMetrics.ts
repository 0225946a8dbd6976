/** Metrics that log lines carry in the embedded metric format. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */

interface Directive {
  Namespace: string;
  Dimensions?: string[][];
  Metrics?: { Name: string; Unit?: string }[];
}

export interface EmbeddedMetrics {
  readonly Namespace: string;
  readonly MetricData: {
    MetricName: string;
    Unit?: string;
    Timestamp: number;
    Values: number[];
    Dimensions: { Name: string; Value: string }[];
  }[];
}

/** The metrics in one line, whether it is the document itself or Node's console put a prefix before it. */
export function embeddedMetrics(message: string): EmbeddedMetrics[] {
  if (!message.includes('"_aws"')) return [];
  const document = parse(message.slice(message.indexOf('{')));
  const metadata = document?._aws as { Timestamp?: number; CloudWatchMetrics?: Directive[] } | undefined;
  if (!document || !Array.isArray(metadata?.CloudWatchMetrics)) return [];
  const { Timestamp = 0, CloudWatchMetrics } = metadata;
  return CloudWatchMetrics.map(({ Namespace, Dimensions = [[]], Metrics = [] }) => ({
    Namespace,
    MetricData: Dimensions.flatMap((names) =>
      Metrics.filter(({ Name }) => document[Name] !== undefined).map(({ Name, Unit }) => ({
        MetricName: Name,
        Unit,
        Timestamp: Timestamp / 1000,
        Values: [document[Name]].flat().map(Number),
        Dimensions: names.map((name) => ({ Name: name, Value: String(document[name]) })),
      })),
    ),
  }));
}

/** A line that only looks like the format is a line like any other. */
function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
