/** Where an asynchronous event goes when it has ended: its destination, its dead-letter queue. */
import type { CloudContext } from '../../core/service.ts';
import type { Destinations } from './destinations.ts';
import type { AsyncEvent } from './store.ts';
import type { FunctionRecord, Invocation } from './types.ts';

export interface EndedEvent {
  readonly event: AsyncEvent;
  readonly fn: FunctionRecord;
  readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
  /** The last one; absent when there was none. */
  readonly invocation?: Invocation;
  readonly invokeCount: number;
}

/** Does not fail: as on AWS, an event that cannot be delivered is dropped, and only a metric reports it. */
export async function deliverOutcome(
  context: CloudContext,
  destinations: Destinations,
  ended: EndedEvent,
): Promise<void> {
  const { event, fn, condition } = ended;
  const { OnSuccess, OnFailure } = fn.eventInvoke?.destinations ?? {};
  const succeeded = condition === 'Success';
  const target = (succeeded ? OnSuccess : OnFailure)?.Destination;
  const response = responseOf(ended);
  try {
    if (target)
      await destinations.deliver(target, {
        record: invocationRecord(ended, response, context.clock.now()),
        folder: `async/${fn.name}`,
        outcome: succeeded ? 'Success' : 'Failure',
        functionArn: `${fn.arn}:$LATEST`,
      });
    if (!succeeded && fn.deadLetterArn)
      await destinations.deadLetter(fn.deadLetterArn, {
        requestId: event.requestId,
        payload: event.payload.toString('utf8'),
        errorMessage: String(response?.errorMessage ?? condition),
      });
  } catch (error) {
    await context.call('cloudwatch', '_Record', {
      Namespace: 'AWS/Lambda',
      MetricData: [
        {
          MetricName: target ? 'DestinationDeliveryFailures' : 'DeadLetterErrors',
          Dimensions: [{ Name: 'FunctionName', Value: fn.name }],
          Timestamp: context.clock.now() / 1000,
          Value: 1,
          Unit: 'Count',
        },
      ],
    });
    context.log(
      `lambda: the event ${event.requestId} of ${fn.name} was not delivered: ${(error as Error).message}`,
    );
  }
}

const responseOf = ({ invocation }: EndedEvent) =>
  invocation && JSON.parse(invocation.payload.toString('utf8'));

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const invocationRecord = (
  { event, fn, condition, invocation, invokeCount }: EndedEvent,
  responsePayload: unknown,
  nowMs: number,
) => ({
  version: '1.0',
  timestamp: new Date(nowMs).toISOString(),
  requestContext: {
    requestId: event.requestId,
    functionArn: `${fn.arn}:$LATEST`,
    condition,
    approximateInvokeCount: invokeCount,
  },
  requestPayload: JSON.parse(event.payload.toString('utf8')),
  ...(invocation && {
    responseContext: {
      statusCode: 200,
      executedVersion: '$LATEST',
      ...(invocation.functionError && { functionError: invocation.functionError }),
    },
    responsePayload,
  }),
});
