/** SQS's errors, as recorded from the service (LocalStack's snapshots, tests/aws/services/sqs). */
import { AwsError } from '../../core/errors.ts';
import type { Violation } from '../../core/inputs/check.ts';

export const invalidValue = (message: string) => new AwsError('InvalidParameterValueException', message);

/** `Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …` */
export const invalidParameter = (name: string, value: unknown, reason: string) =>
  invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

export const missingParameter = (name: string) =>
  new AwsError('MissingRequiredParameterException', `The request must contain the parameter ${name}.`);

export const emptyBatch = () =>
  new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');

export const queueDoesNotExist = () =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');

/** The first thing that AWS's model forbids, in SQS's own words. */
export function violated([first]: readonly Violation[]): AwsError {
  const { name, value, member } = first as Violation;
  if (value === null) return name === 'Entries' ? emptyBatch() : missingParameter(name);
  if (member.values)
    return new AwsError(
      'InvalidAttributeName',
      `Unknown Attribute ${[value].flat().find((one) => !member.values?.includes(String(one)))}.`,
    );
  const { least = 0, most } = member;
  const range = least === 0 ? `Must be >= 0 and <= ${most}` : `Must be between ${least} and ${most}`;
  return invalidParameter(name, value, `${range}, if provided.`);
}
