/** SNS's errors, as recorded from the service (LocalStack's snapshots, tests/aws/services/sns). */
import { AwsError } from '../../core/errors.ts';

export const invalid = (message: string) => new AwsError('InvalidParameter', `Invalid parameter: ${message}`);

export const invalidAttribute = (message: string) => new AwsError('ParameterValueInvalid', message);

export const notFound = (what: string) => new AwsError('NotFound', `${what} does not exist`, { status: 404 });

/** Throws `InvalidParameter` for a text that has not the parts of an ARN. */
export function checkArn(member: string, arn: string): void {
  if (arn === '') throw invalid(`${member} Reason: no value for required parameter`);
  const elements = arn.split(':').length;
  if (elements < 6) throw invalid(`${member} Reason: An ARN must have at least 6 elements, not ${elements}`);
}
