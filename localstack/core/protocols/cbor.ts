/** Refusals for callers that speak CBOR, which no service here does: the answer is in CBOR, too. */
import type { AwsError } from '../errors.ts';
import type { HttpResponse } from '../http.ts';

/** RFC 8949: major type 3 (text) and 5 (map), lengths in as few bytes as they take. */
const TEXT = 3;
const MAP = 5;

function head(majorType: number, length: number): Buffer {
  if (length < 24) return Buffer.of((majorType << 5) | length);
  if (length < 256) return Buffer.of((majorType << 5) | 24, length);
  return Buffer.of((majorType << 5) | 25, length >> 8, length & 255);
}

function encodeTexts(members: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(members);
  const texts = entries.flat().map((text) => Buffer.from(text));
  return Buffer.concat([
    head(MAP, entries.length),
    ...texts.flatMap((text) => [head(TEXT, text.length), text]),
  ]);
}

/** https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html#operation-error-serialization */
export const cborError = (contentType: string, error: AwsError): HttpResponse => ({
  status: error.status,
  headers: {
    'content-type': contentType,
    'x-amzn-errortype': error.code,
    ...(contentType === 'application/cbor' && { 'smithy-protocol': 'rpc-v2-cbor' }),
  },
  body: encodeTexts({ __type: error.code, message: error.message }),
});
