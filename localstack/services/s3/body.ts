/** A request's body as S3 takes it: without chunk framing, of the announced length, and with the digest that was signed. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { HttpRequest } from '../../core/http.ts';
import { decodeAwsChunked } from './awsChunked.ts';
import type { BodySource } from './blobs.ts';
import { invalidArgument } from './failures.ts';

/** Bodies up to this size are held in memory, which is faster; larger ones stream to disk. */
const LARGEST_BUFFERED_BODY = 1024 * 1024;

export interface IncomingBody {
  readonly source: BodySource;
  readonly trailers: Readonly<Record<string, string>>;
  bytes(): Promise<Buffer>;
}

/** Opens the body. Reading it to its end throws `IncompleteBody` or `XAmzContentSHA256Mismatch` for other bytes than announced. */
export async function bodyOf(request: HttpRequest): Promise<IncomingBody> {
  const { headers } = request;
  const signed = signedDigest(request);
  const chunked = signed === 'chunks' || headers['content-encoding']?.includes('aws-chunked') === true;
  const length = lengthOf(request, chunked);
  const decoded = chunked
    ? decodeAwsChunked(request.body as AsyncIterable<Buffer>)
    : { bytes: request.body as AsyncIterable<Buffer>, trailers: {} };
  const { trailers } = decoded;
  const bytes = checked(decoded.bytes, length, signed instanceof Buffer ? signed : undefined);
  const whole = async () => {
    const chunks = await Array.fromAsync(bytes);
    return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
  };
  if (!(length <= LARGEST_BUFFERED_BODY)) return { source: bytes, trailers, bytes: whole };
  const buffer = await whole();
  return { source: buffer, trailers, bytes: async () => buffer };
}

function lengthOf({ headers }: HttpRequest, chunked: boolean): number {
  const length = chunked ? headers['x-amz-decoded-content-length'] : headers['content-length'];
  if (chunked && length === undefined)
    throw new AwsError('MissingContentLength', 'You must provide the Content-Length HTTP header.', {
      status: 411,
    });
  return Number(length ?? Number.NaN);
}

async function* checked(
  bytes: AsyncIterable<Buffer>,
  expectedLength: number,
  expectedDigest: Buffer | undefined,
): AsyncIterable<Buffer> {
  const hash = expectedDigest && createHash('sha256');
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    hash?.update(chunk);
    yield chunk;
  }
  if (!Number.isNaN(expectedLength) && length !== expectedLength)
    throw new AwsError(
      'IncompleteBody',
      'You did not provide the number of bytes specified by the Content-Length HTTP header',
      { fields: { NumberBytesExpected: expectedLength, NumberBytesProvided: length } },
    );
  if (hash && expectedDigest) compare(hash.digest(), expectedDigest);
}

const STREAMED = [
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD',
  'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER',
];

/**
 * The digest of the body that was signed, when it was. Throws `InvalidArgument` for anything else than S3 knows.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
function signedDigest({ headers }: HttpRequest): Buffer | 'chunks' | undefined {
  const value = headers['x-amz-content-sha256'];
  if (value === undefined || value === 'UNSIGNED-PAYLOAD') return undefined;
  if (STREAMED.includes(value)) return 'chunks';
  if (/^[0-9a-f]{64}$/i.test(value)) return Buffer.from(value, 'hex');
  throw invalidArgument(
    `x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ${STREAMED.join(', ')} or a valid sha256 value.`,
    'x-amz-content-sha256',
    value,
  );
}

const OF_NOTHING = createHash('sha256').digest();

/** Checks the signed digest of a request without a body, which no action reads. */
export function checkEmptyBody(request: HttpRequest): void {
  const { headers } = request;
  const signed = signedDigest(request);
  const isEmpty =
    headers['content-length'] === '0' ||
    (['GET', 'HEAD', 'DELETE'].includes(request.method) &&
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined);
  if (isEmpty && signed instanceof Buffer) compare(OF_NOTHING, signed);
}

function compare(computed: Buffer, signed: Buffer): void {
  if (computed.equals(signed)) return;
  throw new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    {
      fields: {
        ClientComputedContentSHA256: signed.toString('hex'),
        S3ComputedContentSHA256: computed.toString('hex'),
      },
    },
  );
}
