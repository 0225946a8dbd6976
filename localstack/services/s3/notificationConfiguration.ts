/** A bucket's notification configuration: which events go where, and what S3 checks of it. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { invalidArgument } from './failures.ts';

export interface Destination {
  readonly Id: string;
  readonly Events: readonly string[];
  readonly Filter?: {
    readonly Key?: { readonly FilterRules?: ReadonlyArray<{ Name: string; Value: string }> };
  };
}

/** As the API's JSON has it. */
export interface NotificationConfiguration {
  readonly LambdaFunctionConfigurations?: ReadonlyArray<Destination & { LambdaFunctionArn: string }>;
  readonly QueueConfigurations?: ReadonlyArray<Destination & { QueueArn: string }>;
  readonly TopicConfigurations?: ReadonlyArray<Destination & { TopicArn: string }>;
  /** Present where every event of the bucket goes to the default event bus. */
  readonly EventBridgeConfiguration?: object;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-event-types-and-destinations.html */
export const DELIVERED_EVENTS = [
  's3:ObjectCreated:*',
  's3:ObjectCreated:Put',
  's3:ObjectCreated:Post',
  's3:ObjectCreated:Copy',
  's3:ObjectCreated:CompleteMultipartUpload',
  's3:ObjectRemoved:*',
  's3:ObjectRemoved:Delete',
  's3:ObjectRemoved:DeleteMarkerCreated',
  's3:LifecycleExpiration:*',
  's3:LifecycleExpiration:Delete',
  's3:LifecycleExpiration:DeleteMarkerCreated',
];

/** S3's other events: nothing here could cause them, or they are not reported. */
export const OTHER_EVENTS = [
  's3:ReducedRedundancyLostObject',
  's3:ObjectRestore:*',
  's3:ObjectRestore:Post',
  's3:ObjectRestore:Completed',
  's3:ObjectRestore:Delete',
  's3:Replication:*',
  's3:Replication:OperationFailedReplication',
  's3:Replication:OperationNotTracked',
  's3:Replication:OperationMissedThreshold',
  's3:Replication:OperationReplicatedAfterThreshold',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectAcl:Put',
  's3:ObjectRetention:Put',
  's3:ObjectTagging:*',
  's3:ObjectTagging:Put',
  's3:ObjectTagging:Delete',
  's3:ObjectAnnotation:*',
  's3:ObjectAnnotation:Put',
  's3:ObjectAnnotation:Delete',
];

/** Each destination by its ARN. */
export const destinations = (config: NotificationConfiguration): Array<[string, Destination]> => [
  ...(config.LambdaFunctionConfigurations ?? []).map((to): [string, Destination] => [
    to.LambdaFunctionArn,
    to,
  ]),
  ...(config.QueueConfigurations ?? []).map((to): [string, Destination] => [to.QueueArn, to]),
  ...(config.TopicConfigurations ?? []).map((to): [string, Destination] => [to.TopicArn, to]),
];

/** A configuration in the API's shape with an id for each destination; refuses what cannot be delivered here. */
export function checkNotificationConfiguration(config: NotificationConfiguration): NotificationConfiguration {
  const checked = <T extends Destination>(
    list: readonly T[] | undefined,
    argument: string,
    arnOf: (to: T) => string,
  ) =>
    list?.map((to): T => {
      if (!/^arn:aws:(lambda|sqs|sns):[^:]*:\d{12}:/.test(arnOf(to)))
        throw invalidArgument('The ARN could not be parsed', argument, arnOf(to));
      return { ...to, Id: to.Id ?? randomBytes(16).toString('hex') };
    });
  return {
    LambdaFunctionConfigurations: checked(
      config.LambdaFunctionConfigurations,
      'CloudFunction',
      (to) => to.LambdaFunctionArn,
    ),
    QueueConfigurations: checked(config.QueueConfigurations, 'Queue', (to) => to.QueueArn),
    TopicConfigurations: checked(config.TopicConfigurations, 'Topic', (to) => to.TopicArn),
    ...(config.EventBridgeConfiguration && { EventBridgeConfiguration: {} }),
  };
}

/** How each service is asked whether a destination is there, and what S3 says when it is not. */
const DESTINATIONS: Readonly<
  Record<string, { action: string; input(name: string, arn: string): object; missing(arn: string): string }>
> = {
  lambda: {
    action: 'GetFunctionConfiguration',
    input: (_name, arn) => ({ FunctionName: arn }),
    missing: (arn) => `Not authorized to invoke function [${arn}]`,
  },
  sqs: {
    action: 'GetQueueUrl',
    input: (QueueName) => ({ QueueName }),
    missing: () => 'The destination queue does not exist',
  },
  sns: {
    action: 'GetTopicAttributes',
    input: (_name, TopicArn) => ({ TopicArn }),
    missing: () => 'The destination topic does not exist',
  },
};

/**
 * Throws `InvalidArgument` with each destination that does not exist.
 * Source of the words: LocalStack's recorded answers test_invalid_lambda_arn and test_multiple_invalid_sqs_arns (2025-01-21).
 */
export async function assertDestinations(
  context: CloudContext,
  config: NotificationConfiguration,
): Promise<void> {
  const found = await Promise.all(destinations(config).map(([arn]) => missing(context, arn)));
  const refused = found.filter((reason) => reason !== undefined);
  if (refused.length === 0) return;
  throw new AwsError('InvalidArgument', 'Unable to validate the following destination configurations', {
    fields: Object.fromEntries(
      refused.flatMap(([arn, reason], index) => [
        [`ArgumentName${index + 1}`, arn.includes(':lambda:') ? `${arn}, null` : arn],
        [`ArgumentValue${index + 1}`, reason],
      ]),
    ),
  });
}

/** The destination and S3's words for it, when it is not in this cloud. */
async function missing(context: CloudContext, arn: string): Promise<[string, string] | undefined> {
  const [, , service = '', region, account, name = ''] = arn.split(':');
  const destination = DESTINATIONS[service];
  const reason = destination?.missing(arn) ?? '';
  if (!destination || region !== context.region || account !== context.accountId) return [arn, reason];
  try {
    await context.call(service, destination.action, destination.input(name, arn), {
      service: 's3.amazonaws.com',
    });
    return undefined;
  } catch (error) {
    if (error instanceof AwsError) return [arn, reason];
    throw error;
  }
}
