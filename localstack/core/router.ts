/** Finds out which service, protocol and caller an HTTP request means, and turns every failure into that protocol's words. */
import { randomUUID } from 'node:crypto';
import type { Dispatcher } from './dispatcher.ts';
import { AwsError, NotEmulatedError } from './errors.ts';
import { type HttpRequest, type HttpResponse, readBody } from './http.ts';
import { catalogue, serviceFor, type WireService } from './protocols/catalogue.ts';
import { jsonAnswer, jsonError, parseJsonBody } from './protocols/json.ts';
import { parseQueryBody, queryAnswer, queryError } from './protocols/query.ts';
import { findRoute, restJsonError, routeAnswer, routeInput } from './protocols/restJson.ts';
import { restXmlError } from './protocols/restXml.ts';
import type { CallContext, CloudContext, Service } from './service.ts';

export type Respond = (request: HttpRequest) => Promise<HttpResponse>;

/** Answers any request to the endpoint; never rejects. */
export function createRouter(context: CloudContext, dispatcher: Dispatcher): Respond {
  const byTarget = new Map(catalogue.flatMap((wire) => (wire.target ? [[wire.target, wire] as const] : [])));

  async function answer(request: HttpRequest, requestId: string): Promise<HttpResponse> {
    const scope = credentialScope(request);
    const target = request.headers['x-amz-target'];
    const wire = target
      ? byTarget.get(target.slice(0, target.lastIndexOf('.')))
      : wireOf(request, scope.service);
    const protocol = protocolOf(request, wire);
    try {
      if (/cbor/.test(request.headers['content-type'] ?? ''))
        throw new NotEmulatedError(
          wire?.names[0] ?? 'this endpoint',
          'the CBOR protocol (clients can be set to JSON)',
        );
      if (!wire) throw new NotEmulatedError(scope.service ?? target ?? 'this endpoint', 'the service');
      const service = serviceFor(context.services(), wire);
      if (!service) throw new NotEmulatedError(wire.names[0] as string, 'the service');
      const call: CallContext = {
        principal: context.principals.resolve(scope.accessKeyId),
        requestId,
        region: context.region,
        accountId: context.accountId,
      };
      if (service.handle && (wire.protocol === 's3' || isExecuteApi(request)))
        return await service.handle(
          request,
          (action, input) => dispatcher.invoke(service, action, input, call),
          call,
        );
      if (target) {
        const input = parseJsonBody(await readBody(request.body));
        const action = target.slice(target.lastIndexOf('.') + 1);
        const output = await dispatcher.invoke(service, action, input, call);
        return jsonAnswer(protocol === 'json-1.0' ? '1.0' : '1.1', output);
      }
      if (wire.protocol === 'rest-json') return await restJson(request, service, call);
      const form = new URLSearchParams((await readBody(request.body)).toString('utf8'));
      for (const [name, value] of request.query) form.append(name, value);
      const { action, input } = parseQueryBody(form);
      const output = await dispatcher.invoke(service, action, input, call);
      return queryAnswer(action, output, requestId, wire.xmlNamespace ?? '');
    } catch (error) {
      return errorIn(protocol, asAwsError(error), requestId, wire);
    }
  }

  async function restJson(request: HttpRequest, service: Service, call: CallContext): Promise<HttpResponse> {
    const found = findRoute(service.routes ?? [], request.method, request.path);
    if (!found) throw new NotEmulatedError(service.name, `${request.method} ${request.path}`);
    const input = routeInput(found.route, {
      path: found.path,
      query: request.query,
      headers: request.headers,
      body: await readBody(request.body),
    });
    return routeAnswer(found.route, await dispatcher.invoke(service, found.route.action, input, call));
  }

  function asAwsError(error: unknown): AwsError {
    if (error instanceof AwsError) return error;
    context.log(`internal failure: ${error instanceof Error ? error.stack : String(error)}`);
    return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), {
      status: 500,
      cause: error,
    });
  }

  return async (request) => {
    const requestId = randomUUID();
    const response = await answer(request, requestId);
    return { ...response, headers: { 'x-amzn-requestid': requestId, ...response.headers } };
  };
}

type Protocol = WireService['protocol'];

/** A JSON service that is asked without a target is spoken to in its older protocol, query. */
function protocolOf(request: HttpRequest, wire: WireService | undefined): Protocol {
  if (request.headers['x-amz-target'] !== undefined)
    return request.headers['content-type']?.includes('json-1.0') ? 'json-1.0' : 'json-1.1';
  if (wire?.protocol === 'json-1.0' || wire?.protocol === 'json-1.1') return 'query';
  return wire?.protocol ?? 'rest-json';
}

/** `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …`, or the same in a presigned URL's query. */
function credentialScope(request: HttpRequest): { accessKeyId?: string; service?: string } {
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    request.query.get('X-Amz-Credential');
  if (!credential) return {};
  const [accessKeyId, , , service] = credential.split('/');
  return { accessKeyId, service };
}

const isExecuteApi = (request: HttpRequest) =>
  request.path.startsWith('/_aws/execute-api/') || /^[^.]+\.execute-api\./.test(request.headers.host ?? '');

/** Requests without a known scope are S3's, whose objects may be asked for without a signature. */
function wireOf(request: HttpRequest, scope: string | undefined): WireService | undefined {
  const signingName = isExecuteApi(request) ? 'apigateway' : (scope ?? 's3');
  return catalogue.find((wire) => wire.signingName === signingName);
}

function errorIn(
  protocol: Protocol,
  error: AwsError,
  requestId: string,
  wire: WireService | undefined,
): HttpResponse {
  if (protocol === 'json-1.0' || protocol === 'json-1.1')
    return jsonError(protocol === 'json-1.0' ? '1.0' : '1.1', error);
  if (protocol === 's3') return restXmlError(error, requestId);
  if (protocol === 'query') return queryError(error, requestId, wire?.xmlNamespace ?? '');
  return restJsonError(error);
}
