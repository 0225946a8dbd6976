/** Makes the input of an action from its request: every member that the action declares, from where S3's protocol has it. */
import { createHash } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { HttpRequest } from '../../../core/http.ts';
import type { Member } from '../../../core/inputs/declare.ts';
import { algorithmOf, type ChecksumInput, verifyDigests } from '../actions/putObject.ts';
import { bodyOf } from '../body.ts';
import { CHECKSUM_ALGORITHMS, createHasher } from '../checksums.ts';
import { invalidArgument, invalidRequest } from '../failures.ts';
import { inputs } from '../inputs.ts';
import type { Address } from './actionOf.ts';
import { MEMBER_HEADERS, PAYLOADS, placeOf } from './places.ts';
import { documentOf } from './xmlInput.ts';

type Input = Record<string, unknown>;

export async function inputOf(
  request: HttpRequest,
  action: string,
  { bucket, key }: Address,
): Promise<Input> {
  const input: Input =
    bucket === undefined ? {} : key === undefined ? { Bucket: bucket } : { Bucket: bucket, Key: key };
  for (const [name, member] of Object.entries(inputs[action] ?? {})) {
    const value = name === 'Metadata' ? metadataOf(request) : sent(request, action, name, member);
    if (value !== undefined) input[name] = value;
  }
  const payload = PAYLOADS[action];
  if (payload === 'Body') return { ...input, ...(await uploadOf(request, input)) };
  if (payload === undefined) return input;
  const text = await (action === 'CompleteMultipartUpload' ? textOf(request) : documentText(request));
  // A bucket may be made without a word, and a policy is not XML.
  if (action === 'PutBucketPolicy') return { ...input, [payload]: text };
  if (action === 'CreateBucket' && text === '') return input;
  return { ...input, [payload]: documentOf(text, payload, inputs[action]?.[payload] as Member) };
}

function sent(request: HttpRequest, action: string, name: string, member: Member): unknown {
  const place = placeOf(action, name);
  if (place === undefined) return undefined;
  if (name === 'ContentEncoding') return encodingOf(request);
  if ('parameter' in place) {
    const text = request.query.get(place.parameter);
    return text === null ? undefined : fromText(member, name, place.parameter, text);
  }
  const text = request.headers[place.header];
  return text === undefined ? undefined : fromText(member, name, place.header, text);
}

/** Kept as they were sent, whatever they say. */
const VERBATIM = ['Expires', 'ResponseExpires'];

function fromText(member: Member, name: string, place: string, text: string): unknown {
  if (VERBATIM.includes(name)) return text;
  // S3 takes these in any case: AWS's SDK for C++, which PyArrow reads with, sends `enabled`.
  if (name === 'ChecksumAlgorithm' || name === 'ChecksumMode') return text.toUpperCase();
  switch (member.kind) {
    case 'integer':
      if (text === '') return undefined;
      if (/^[+-]?\d+$/.test(text)) return Number(text);
      throw invalidArgument(`Provided ${place} not an integer or within integer range`, place, text);
    case 'flag':
      return text.toLowerCase() === 'true';
    // A date that is none is not a condition (RFC 9110, 13.1.3).
    case 'time':
      return Number.isNaN(Date.parse(text)) ? undefined : Date.parse(text) / 1000;
    default:
      return text;
  }
}

const metadataOf = ({ headers }: HttpRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('x-amz-meta-'))
      .map(([name, value]) => [
        name.slice('x-amz-meta-'.length),
        Buffer.from(value, 'latin1').toString('utf8'),
      ]),
  );

/** How the object is encoded; that its body comes in chunks is not an encoding of the object. */
function encodingOf({ headers }: HttpRequest): string | undefined {
  const encodings = (headers['content-encoding'] ?? '')
    .split(',')
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked');
  return encodings.length > 0 ? encodings.join(',') : undefined;
}

/** The bytes of an object or a part, and the checksum that is announced to follow them. */
async function uploadOf(request: HttpRequest, input: Input): Promise<Input> {
  const announced = /x-amz-checksum-([a-z0-9]+)/i
    .exec(request.headers['x-amz-trailer'] ?? '')?.[1]
    ?.toUpperCase();
  const asked = input.ChecksumAlgorithm as string | undefined;
  const given = CHECKSUM_ALGORITHMS.find((name) => input[`Checksum${name}`] !== undefined) ?? announced;
  if (asked !== undefined && CHECKSUM_ALGORITHMS.some((name) => name === asked) && given !== asked)
    throw given === undefined
      ? invalidRequest(
          'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
        )
      : invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.');
  const body = await bodyOf(request);
  return {
    ...(announced !== undefined && { ChecksumAlgorithm: announced, Trailers: body.trailers }),
    Body: body.source,
  };
}

const textOf = async (request: HttpRequest) => (await (await bodyOf(request)).bytes()).toString('utf8');

/** A body that is not an object: its digests describe itself. */
async function documentText(request: HttpRequest): Promise<string> {
  const bytes = await (await bodyOf(request)).bytes();
  const { headers } = request;
  const digests: ChecksumInput = {
    ContentMD5: headers['content-md5'],
    ...Object.fromEntries(
      CHECKSUM_ALGORITHMS.map((name) => [`Checksum${name}`, headers[`x-amz-checksum-${name.toLowerCase()}`]]),
    ),
  };
  const algorithm = algorithmOf(digests);
  const hasher = algorithm && createHasher(algorithm);
  hasher?.update(bytes);
  verifyDigests(digests, algorithm, {
    md5: createHash('md5').update(bytes).digest('hex'),
    checksum: hasher?.digest(),
  });
  return bytes.toString('utf8');
}

/** Headers of the signature and of how the body is sent, and one that offers what a server may decline (`x-amz-te`). */
const ENVELOPE_HEADERS = new Set([
  'x-amz-date',
  'x-amz-content-sha256',
  'x-amz-security-token',
  'x-amz-user-agent',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-api-version',
  'x-amz-te',
]);

/** Throws `NotEmulatedError` for a header of AWS's that no action here knows. */
export function refuseUnknownHeaders({ headers }: HttpRequest): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith('x-amz-') || name.startsWith('x-amz-meta-')) continue;
    if (MEMBER_HEADERS.has(name) || ENVELOPE_HEADERS.has(name)) continue;
    throw new NotEmulatedError('s3', `the header ${name}: ${value}`);
  }
}

/** Source of the words: LocalStack's recorded answer test_delete_bucket_policy_expected_bucket_owner (2026-02-21). */
export function checkOwner({ headers }: HttpRequest, accountId: string): void {
  for (const name of ['x-amz-expected-bucket-owner', 'x-amz-source-expected-bucket-owner']) {
    const expected = headers[name] ?? accountId;
    if (!/^\d{12}$/.test(expected))
      throw new AwsError(
        'InvalidBucketOwnerAWSAccountID',
        `The value of the expected bucket owner parameter must be an AWS Account ID... [${expected}]`,
      );
    if (expected !== accountId) throw new AwsError('AccessDenied', 'Access Denied', { status: 403 });
  }
}
