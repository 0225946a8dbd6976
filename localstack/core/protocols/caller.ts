/** In which protocol a caller asks, and so in which it must be answered: even one that asks for a service that is not here. */
import type { AwsError } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http.ts';
import type { WireService } from './catalogue.ts';
import { cborError } from './cbor.ts';
import { jsonError } from './json.ts';
import { ec2Error, queryError } from './query.ts';
import { restJsonError } from './restJson.ts';
import { restXmlError } from './restXml.ts';

export type CallerProtocol = WireService['protocol'] | 'ec2' | 'rest-xml' | 'cbor';

/** Services whose REST answers are XML: https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Operations.html and Route 53's. */
const REST_XML_SERVICES = ['cloudfront', 'route53'];

/**
 * Told by the request itself where it can be: a target is JSON's, a form is the query protocol's. A REST call says
 * nothing; there the service decides, or what most services speak.
 */
export function callerProtocol(
  request: HttpRequest,
  target: string | undefined,
  wire: WireService | undefined,
  signingName: string | undefined,
): CallerProtocol {
  if (wire?.protocol === 's3' || wire?.protocol === 'rest-json') return wire.protocol;
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.includes('cbor')) return 'cbor';
  if (target !== undefined) return contentType.includes('json-1.0') ? 'json-1.0' : 'json-1.1';
  const isQuery = contentType.includes('x-www-form-urlencoded') || request.query.has('Action');
  if (wire || isQuery) return signingName === 'ec2' ? 'ec2' : 'query';
  return REST_XML_SERVICES.includes(signingName ?? '') ? 'rest-xml' : 'rest-json';
}

/** An error in a protocol's words. */
export function errorIn(
  protocol: CallerProtocol,
  error: AwsError,
  request: HttpRequest,
  requestId: string,
  wire: WireService | undefined,
): HttpResponse {
  switch (protocol) {
    case 'json-1.0':
      return jsonError('1.0', error, wire?.queryCompatible);
    case 'json-1.1':
      return jsonError('1.1', error, wire?.queryCompatible);
    case 's3':
      return restXmlError(error, requestId);
    case 'query':
    case 'rest-xml':
      return queryError(error, requestId, wire?.xmlNamespace ?? '', wire?.queryCompatible);
    case 'ec2':
      return ec2Error(error, requestId);
    case 'cbor':
      return cborError(request.headers['content-type'] ?? 'application/cbor', error);
    case 'rest-json':
      return restJsonError(error);
  }
}
