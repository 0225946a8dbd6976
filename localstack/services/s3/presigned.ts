/** Presigned URLs: what signature versions 2 and 4 put into the query is checked as S3 does, and then read like headers. */
import type { Clock } from '../../core/clock.ts';
import { AwsError } from '../../core/errors.ts';
import type { HttpRequest } from '../../core/http.ts';
import { invalidArgument } from './failures.ts';

const V2_PARAMETERS = ['AWSAccessKeyId', 'Signature', 'Expires'] as const;
const V4_PARAMETERS = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-Date',
  'X-Amz-SignedHeaders',
  'X-Amz-Expires',
] as const;

/** Parameters that only carry a signature. */
export const SIGNATURE_PARAMETERS: ReadonlySet<string> = new Set([...V2_PARAMETERS, ...V4_PARAMETERS]);

const WEEK_S = 604_800;
/** How far ahead of the server a signer's clock may be. https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html */
const LARGEST_SKEW_MS = 15 * 60_000;

/** Whoever signs is on this machine, and dates by its clock. The cloud's is what an expiry is measured on. */
export interface SigningClock {
  readonly clock: Clock;
  /** When this cloud was started, by the machine's clock. */
  readonly startedAtMs: number;
}

/**
 * The request, with what its URL says in place of headers moved to them. A request that is not presigned comes back as it
 * is. Throws S3's errors for a URL that is incomplete, malformed, not yet valid or expired; the signature itself is not
 * verified. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function takePresigned(request: HttpRequest, signing: SigningClock): HttpRequest {
  const { query } = request;
  const isV2 = V2_PARAMETERS.some((name) => query.has(name));
  const isV4 = V4_PARAMETERS.some((name) => query.has(name));
  if (!isV2 && !isV4) return request;
  if (request.headers.authorization !== undefined || (isV2 && isV4))
    throw invalidArgument(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      'Authorization',
      request.headers.authorization,
    );
  if (isV2) checkV2(query, signing);
  else checkV4(request, signing);
  return { ...request, headers: withQueryHeaders(request, isV2) };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth */
function checkV2(query: URLSearchParams, { clock, startedAtMs }: SigningClock): void {
  if (V2_PARAMETERS.some((name) => !query.get(name)))
    throw denied('Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters');
  const expires = query.get('Expires') as string;
  if (!/^\d{1,12}$/.test(expires)) throw denied(`Invalid date (should be seconds since epoch): ${expires}`);
  // The URL does not say when it was signed. Time that the clock was moved by since this cloud started counts as passed.
  const aheadMs = clock.at(startedAtMs) - startedAtMs;
  checkExpiry(Number(expires) * 1000 + aheadMs, clock);
}

function checkV4({ query, headers }: HttpRequest, { clock }: SigningClock): void {
  if (V4_PARAMETERS.some((name) => !query.has(name)))
    throw malformed(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  if (!/^AWS4-(HMAC-SHA256|ECDSA-P256-SHA256)$/.test(query.get('X-Amz-Algorithm') ?? ''))
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256"');
  const credential = query.get('X-Amz-Credential') ?? '';
  if (!/^[^/]+\/\d{8}\/[^/]*\/[^/]+\/aws4_request$/.test(credential))
    throw malformed(
      'Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  const seconds = lifetimeOf(query.get('X-Amz-Expires') as string);
  const signedAtMs = parseDate(query.get('X-Amz-Date') as string);
  if (!credential.includes(`/${(query.get('X-Amz-Date') as string).slice(0, 8)}/`))
    throw malformed(
      `Invalid credential date "${credential.split('/')[1]}". This date is not the same as X-Amz-Date: "${query.get('X-Amz-Date')?.slice(0, 8)}".`,
    );
  checkSignedHeaders(headers, query.get('X-Amz-SignedHeaders') as string);
  if (signedAtMs > Date.now() + LARGEST_SKEW_MS)
    throw denied('Request is not yet valid', { ServerTime: iso(clock.now()) });
  checkExpiry(clock.at(signedAtMs) + seconds * 1000, clock, { 'X-Amz-Expires': seconds });
}

function lifetimeOf(text: string): number {
  if (!/^-?\d+$/.test(text)) throw malformed('X-Amz-Expires should be a number');
  if (text.startsWith('-')) throw malformed('X-Amz-Expires must be non-negative');
  if (Number(text) > WEEK_S)
    throw malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${WEEK_S} seconds`,
    );
  return Number(text);
}

function parseDate(text: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const ms = parts ? Date.parse(`${parts.slice(1, 4).join('-')}T${parts.slice(4).join(':')}Z`) : Number.NaN;
  if (Number.isNaN(ms))
    throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
  return ms;
}

/** S3 takes no `x-amz-…` header that the signer did not sign, except this one, which it then ignores. */
const IGNORED_UNLESS_SIGNED = 'x-amz-content-sha256';

function checkSignedHeaders(headers: HttpRequest['headers'], signed: string): void {
  const names = signed.toLowerCase().split(';');
  const unsigned = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-') && name !== IGNORED_UNLESS_SIGNED && !names.includes(name),
  );
  if (unsigned.length > 0)
    throw denied('There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
}

function checkExpiry(expiresMs: number, clock: Clock, more: Readonly<Record<string, unknown>> = {}): void {
  const nowMs = clock.now();
  if (nowMs > expiresMs)
    throw denied('Request has expired', { ...more, Expires: iso(expiresMs), ServerTime: iso(nowMs) });
}

/**
 * SDKs move headers into the URL that they sign: all that begin with `x-amz-`, with version 2 the body's type and digest as
 * well. A checksum there is of the empty body that was signed, and S3 passes it over.
 */
function withQueryHeaders({ query, headers }: HttpRequest, isV2: boolean): Record<string, string> {
  const all: Record<string, string> = { ...headers };
  const signed = (query.get('X-Amz-SignedHeaders') ?? '').toLowerCase().split(';');
  if (!isV2 && !signed.includes(IGNORED_UNLESS_SIGNED)) delete all[IGNORED_UNLESS_SIGNED];
  for (const [parameter, value] of query) {
    const name = parameter.toLowerCase();
    const isHeader =
      (name.startsWith('x-amz-') && !SIGNATURE_PARAMETERS.has(parameter) && !OF_AN_EMPTY_BODY.test(name)) ||
      (isV2 && (name === 'content-type' || name === 'content-md5'));
    if (isHeader) all[name] ??= value;
  }
  return all;
}

const OF_AN_EMPTY_BODY = /^x-amz-(sdk-checksum-algorithm|checksum-(?!mode$))/;

const iso = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const denied = (message: string, fields: Record<string, unknown> = {}) =>
  new AwsError('AccessDenied', message, { status: 403, fields });

const malformed = (message: string) => new AwsError('AuthorizationQueryParametersError', message);
