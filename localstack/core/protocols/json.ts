/** AWS JSON 1.0 and 1.1: the action in `X-Amz-Target`, the input as a JSON body. */
import { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';

export function parseJsonBody(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('SerializationException', `The body is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new AwsError('SerializationException', 'The body must be a JSON object.');
  return value as Record<string, unknown>;
}

export const jsonAnswer = (version: '1.0' | '1.1', output: unknown): HttpResponse => ({
  status: 200,
  headers: { 'content-type': `application/x-amz-json-${version}` },
  body: output === undefined ? '' : JSON.stringify(output),
});

/**
 * Clients of a service that once spoke the query protocol read that protocol's error code from a header.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait
 */
export const jsonError = (
  version: '1.0' | '1.1',
  error: AwsError,
  queryCodes?: Readonly<Record<string, string>>,
): HttpResponse => ({
  status: error.status,
  headers: {
    'content-type': `application/x-amz-json-${version}`,
    'x-amzn-errortype': error.code,
    ...(queryCodes && {
      'x-amzn-query-error': `${queryCodes[error.code] ?? error.code};${error.status < 500 ? 'Sender' : 'Receiver'}`,
    }),
  },
  body: JSON.stringify({ __type: error.code, message: error.message, ...error.fields }),
});
