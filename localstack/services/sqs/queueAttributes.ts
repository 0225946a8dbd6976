/** The attributes of a queue: which can be set, within which bounds, and their defaults. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly default: number;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const NUMBERS: Readonly<Record<string, Bounds>> = {
  DelaySeconds: { from: 0, to: 900, default: 0 },
  MaximumMessageSize: { from: 1024, to: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { from: 60, to: 1_209_600, default: 345_600 },
  ReceiveMessageWaitTimeSeconds: { from: 0, to: 20, default: 0 },
  VisibilityTimeout: { from: 0, to: 43_200, default: 30 },
};

/** Kept and shown; encryption changes nothing here, and policies are judged where IAM is. */
const TEXTS = [
  'Policy',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'KmsDataKeyReusePeriodSeconds',
  'SqsManagedSseEnabled',
];

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

const invalid = (name: string, why: string) =>
  new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}. Reason: ${why}`);

/** Throws for attributes that are unknown, out of bounds, or (FIFO) not emulated. */
export function assertAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'FifoQueue' && value === 'true') throw new NotEmulatedError('SQS', 'FIFO queues');
    if (name === 'DeduplicationScope' || name === 'FifoThroughputLimit')
      throw new AwsError(
        'InvalidAttributeName',
        `You can specify the ${name} only when FifoQueue is set to true.`,
      );
    const bounds = NUMBERS[name];
    if (bounds) {
      const number = Number(value);
      if (!Number.isInteger(number) || number < bounds.from || number > bounds.to) {
        throw invalid(name, `must be an integer from ${bounds.from} to ${bounds.to}, not ${value}.`);
      }
    } else if (!TEXTS.includes(name)) {
      throw new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
  redrivePolicy(attributes);
}

export const numberAttribute = (attributes: Readonly<Record<string, string>>, name: string): number =>
  Number(attributes[name] ?? NUMBERS[name]!.default);

/** The dead-letter policy; absent when there is none. */
export function redrivePolicy(attributes: Readonly<Record<string, string>>): RedrivePolicy | undefined {
  if (!attributes.RedrivePolicy) return undefined;
  let policy: { deadLetterTargetArn?: string; maxReceiveCount?: number | string };
  try {
    policy = JSON.parse(attributes.RedrivePolicy);
  } catch {
    throw invalid('RedrivePolicy', 'the text is not JSON.');
  }
  const maxReceiveCount = Number(policy.maxReceiveCount);
  if (!policy.deadLetterTargetArn || !(maxReceiveCount >= 1 && maxReceiveCount <= 1000)) {
    throw invalid('RedrivePolicy', 'deadLetterTargetArn and a maxReceiveCount from 1 to 1000 are required.');
  }
  return { deadLetterTargetArn: policy.deadLetterTargetArn, maxReceiveCount };
}

export const defaultAttributes = (): Record<string, string> =>
  Object.fromEntries(Object.entries(NUMBERS).map(([name, bounds]) => [name, String(bounds.default)]));
