/** A finished query's CloudWatch metrics, where its workgroup publishes them. */
import type { CloudContext } from '../../core/service.ts';
import type { Execution } from './store.ts';

/**
 * Publishes to the namespace `AWS/Athena`; without CloudWatch in this cloud there is nobody to publish to.
 * Source: https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
 */
export async function publishMetrics(context: CloudContext, execution: Execution): Promise<void> {
  if (!context.services().some((service) => service.name === 'cloudwatch')) return;
  const { engineMs = 0, queueMs = 0, planningMs = 0, serviceMs = 0, scannedBytes } = execution;
  const dimensions = {
    QueryState: execution.state,
    QueryType: execution.statementType,
    WorkGroup: execution.workGroup,
  };
  const metrics = {
    EngineExecutionTime: engineMs,
    QueryPlanningTime: planningMs,
    QueryQueueTime: queueMs,
    ServiceProcessingTime: serviceMs,
    TotalExecutionTime: queueMs + engineMs + serviceMs,
    ProcessedBytes: scannedBytes,
  };
  await context.call(
    'cloudwatch',
    'PutMetricData',
    {
      Namespace: 'AWS/Athena',
      MetricData: Object.entries(metrics).map(([MetricName, Value]) => ({
        MetricName,
        Dimensions: Object.entries(dimensions).map(([Name, dimension]) => ({ Name, Value: dimension })),
        Timestamp: Math.floor(context.clock.now() / 1000),
        Unit: MetricName === 'ProcessedBytes' ? 'Bytes' : 'Milliseconds',
        Value,
      })),
    },
    { service: 'athena.amazonaws.com' },
  );
}
