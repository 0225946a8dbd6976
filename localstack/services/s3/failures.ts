/** S3's errors in AWS's words: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { AwsError } from '../../core/errors.ts';
import type { Violation } from '../../core/inputs/check.ts';

export const noSuchBucket = (name: string) =>
  new AwsError('NoSuchBucket', 'The specified bucket does not exist', {
    status: 404,
    fields: { BucketName: name },
  });

export const noSuchKey = (key: string) =>
  new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, fields: { Key: key } });

export const noSuchUpload = (id: string) =>
  new AwsError(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { status: 404, fields: { UploadId: id } },
  );

export const preconditionFailed = (condition: string) =>
  new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
    status: 412,
    fields: { Condition: condition },
  });

export const invalidArgument = (message: string, name: string, value: unknown) =>
  new AwsError('InvalidArgument', message, { fields: { ArgumentName: name, ArgumentValue: value } });

export const invalidRequest = (message: string) => new AwsError('InvalidRequest', message);

export const malformedXml = (reason?: string) =>
  new AwsError(
    'MalformedXML',
    `The XML you provided was not well-formed or did not validate against our published schema${reason ? `: ${reason}` : ''}`,
  );

export const badDigest = (what: string) =>
  new AwsError('BadDigest', `The ${what} you specified did not match the calculated checksum.`);

export const between = (argument: string, value: unknown, least: number, most: number) =>
  invalidArgument(`Argument ${argument} must be an integer between ${least} and ${most}`, argument, value);

export const MOST = 2_147_483_647;

/** S3's own words for values that its model does not have, most of them from LocalStack's recorded answers (2026-02-21). */
const REFUSALS: Readonly<Record<string, (value: unknown) => AwsError>> = {
  ACL: (value) => invalidArgument('The canned ACL is none that S3 knows', 'x-amz-acl', value),
  StorageClass: () => new AwsError('InvalidStorageClass', 'The storage class you specified is not valid'),
  ChecksumAlgorithm: () =>
    invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: ' +
        '[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    ),
  ChecksumType: () => invalidRequest('Value for x-amz-checksum-type header is invalid.'),
  MetadataDirective: (value) =>
    invalidArgument('Unknown metadata directive.', 'x-amz-metadata-directive', value),
  TaggingDirective: (value) =>
    invalidArgument('Unknown tagging directive.', 'x-amz-tagging-directive', value),
  ObjectOwnership: (value) =>
    invalidArgument(`Invalid x-amz-object-ownership header: ${value}`, 'x-amz-object-ownership', value),
  EncodingType: (value) =>
    invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', value),
  TransitionDefaultMinimumObjectSize: (value) =>
    invalidRequest(`Invalid TransitionDefaultMinimumObjectSize found: ${value}`),
  LocationConstraint: (value) =>
    new AwsError('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
      fields: { LocationConstraint: value },
    }),
  PartNumber: (value) =>
    invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', value),
  MaxKeys: (value) => between('maxKeys', value, 0, MOST),
  MaxUploads: (value) => between('max-uploads', value, 0, MOST),
  MaxParts: (value) => between('max-parts', value, 0, MOST),
  MaxBuckets: (value) => between('max-buckets', value, 1, 10_000),
  Events: (value) =>
    invalidArgument('The event is not supported for notifications', 'Event', [value].flat().join(', ')),
  Name: (value) =>
    invalidArgument('filter rule name must be either prefix or suffix', 'FilterRule.Name', value),
};

/** The error for an input that S3's model forbids: of a document's shape if no other is known. */
export function violation([first]: readonly Violation[]): AwsError {
  const { name, value, path, constraint } = first as Violation;
  const refusal = value === null ? undefined : REFUSALS[name];
  if (refusal) return refusal(value);
  return path.includes('.') ? malformedXml() : invalidRequest(`${name} is not valid: ${constraint}`);
}
