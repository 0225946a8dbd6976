/** Finds out which service, protocol and caller an HTTP request means, and turns every failure into that protocol's words. */
import { randomUUID } from 'node:crypto';
import type { Dispatcher } from './dispatcher.ts';
import { AwsError, NotEmulatedError } from './errors.ts';
import { type HttpRequest, type HttpResponse, isExecuteApi, readBody } from './http.ts';
import { type CallerProtocol, callerProtocol, errorIn } from './protocols/caller.ts';
import { catalogue, serviceFor, type WireService } from './protocols/catalogue.ts';
import { jsonAnswer, parseJsonBody } from './protocols/json.ts';
import { parseQueryBody, queryAnswer } from './protocols/query.ts';
import { findRoute, routeAnswer, routeInput } from './protocols/restJson.ts';
import type { CallContext, CloudContext, Service } from './service.ts';

export type Respond = (request: HttpRequest) => Promise<HttpResponse>;

/** Throws `NotEmulatedError` for a service that is not here, and for a protocol that it does not speak here. */
function serviceOf(
  context: CloudContext,
  wire: WireService | undefined,
  protocol: CallerProtocol,
  asked: string | undefined,
): Service {
  const service = wire && serviceFor(context.services(), wire);
  const name = service?.name ?? wire?.names[0] ?? asked ?? 'this endpoint';
  if (protocol === 'cbor') throw new NotEmulatedError(name, 'the CBOR protocol (clients can be set to JSON)');
  if (!service) throw new NotEmulatedError(name);
  if (protocol === 'query' && wire?.xmlNamespace === undefined)
    throw new NotEmulatedError(name, 'the query protocol (clients speak JSON)');
  return service;
}

async function answerJson(
  dispatcher: Dispatcher,
  request: HttpRequest,
  service: Service,
  call: CallContext,
  protocol: 'json-1.0' | 'json-1.1',
): Promise<HttpResponse> {
  const target = targetOf(request) ?? '';
  const action = target.slice(target.lastIndexOf('.') + 1);
  const input = parseJsonBody(await readBody(request.body));
  const output = await dispatcher.invoke(service, action, input, call);
  return jsonAnswer(protocol === 'json-1.0' ? '1.0' : '1.1', output);
}

async function answerQuery(
  dispatcher: Dispatcher,
  request: HttpRequest,
  service: Service,
  call: CallContext,
  namespace = '',
): Promise<HttpResponse> {
  const form = new URLSearchParams((await readBody(request.body)).toString('utf8'));
  for (const [name, value] of request.query) form.append(name, value);
  const { action, input } = parseQueryBody(form, service.inputs);
  refuseChangeByLink(request, action);
  return queryAnswer(
    action,
    await dispatcher.invoke(service, action, input, call),
    call.requestId,
    namespace,
  );
}

async function answerRestJson(
  dispatcher: Dispatcher,
  request: HttpRequest,
  service: Service,
  call: CallContext,
): Promise<HttpResponse> {
  const found = findRoute(service.routes ?? [], request.method, request.path);
  if (!found) throw new NotEmulatedError(service.name, `${request.method} ${request.path}`);
  const { action } = found.route;
  const input = routeInput(
    found.route,
    {
      path: found.path,
      query: request.query,
      headers: request.headers,
      body: await readBody(request.body),
    },
    service.inputs?.[action],
  );
  return routeAnswer(found.route, await dispatcher.invoke(service, action, input, call));
}

function asAwsError(context: CloudContext, error: unknown, { body, path }: HttpRequest): AwsError {
  if (error instanceof AwsError) return error;
  if (error instanceof URIError)
    return new AwsError('InvalidURI', `Couldn't parse the specified URI: ${path}`, { cause: error });
  // The client broke off: nobody hears this, and it is not a failure of ours.
  if (body.readableAborted)
    return new AwsError('RequestTimeout', 'The request ended before its body did.', { cause: error });
  context.log(`internal failure: ${error instanceof Error ? error.stack : String(error)}`);
  return new AwsError('InternalFailure', error instanceof Error ? error.message : String(error), {
    status: 500,
    cause: error,
  });
}

/** Answers any request to the endpoint; never rejects. */
export function createRouter(context: CloudContext, dispatcher: Dispatcher): Respond {
  async function answer(request: HttpRequest, requestId: string): Promise<HttpResponse> {
    const scope = credentialScope(request);
    const target = targetOf(request);
    const wire = wireOf(request, scope.service);
    const protocol = callerProtocol(request, target, wire, scope.service);
    try {
      const service = serviceOf(context, wire, protocol, scope.service ?? target?.split('.')[0]);
      const call: CallContext = {
        principal: context.principals.resolve(scope.accessKeyId),
        requestId,
        region: context.region,
        accountId: context.accountId,
      };
      if (service.handle && (protocol === 's3' || isExecuteApi(request)))
        return await service.handle(
          request,
          (action, input) => dispatcher.invoke(service, action, input, call),
          call,
        );
      if (protocol === 'json-1.0' || protocol === 'json-1.1')
        return await answerJson(dispatcher, request, service, call, protocol);
      if (protocol === 'rest-json') return await answerRestJson(dispatcher, request, service, call);
      return await answerQuery(dispatcher, request, service, call, wire?.xmlNamespace);
    } catch (error) {
      return errorIn(protocol, asAwsError(context, error, request), request, requestId, wire);
    }
  }

  return async (request) => {
    const requestId = randomUUID();
    const response = await answer(request, requestId);
    return { ...response, headers: { 'x-amzn-requestid': requestId, ...response.headers } };
  };
}

/**
 * A bare URL must not change anything: whoever follows a link sends one. AWS's clients sign what they send in a header;
 * what they sign into a URL (STS's GetCallerIdentity) only reads.
 */
function refuseChangeByLink({ method, headers }: HttpRequest, action: string): void {
  if (method === 'POST' || headers.authorization !== undefined || /^(Get|List|Describe)/.test(action)) return;
  throw new AwsError('AccessDenied', `${action} is not taken from a URL; sign the request in its header.`, {
    status: 403,
  });
}

/**
 * `AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, …`, or the same in a presigned URL's query. S3
 * takes version 2 as well: `AWS <key>:<signature>`, and `AWSAccessKeyId` in a query.
 */
function credentialScope(request: HttpRequest): { accessKeyId?: string; service?: string } {
  const accessKeyOfV2 =
    /^AWS ([^:\s]+):/.exec(request.headers.authorization ?? '')?.[1] ?? request.query.get('AWSAccessKeyId');
  if (accessKeyOfV2) return { accessKeyId: accessKeyOfV2 };
  const credential =
    /Credential=([^,\s]+)/.exec(request.headers.authorization ?? '')?.[1] ??
    request.query.get('X-Amz-Credential');
  if (!credential) return {};
  const [accessKeyId, , , service] = credential.split('/');
  return { accessKeyId, service };
}

const byTarget = new Map(catalogue.flatMap((wire) => (wire.target ? [[wire.target, wire] as const] : [])));

/** The action of a JSON service. What an HTTP API is sent is its own, whatever its headers are called. */
const targetOf = (request: HttpRequest): string | undefined =>
  isExecuteApi(request) ? undefined : request.headers['x-amz-target'];

/** Requests without a known scope are S3's, whose objects may be asked for without a signature. */
function wireOf(request: HttpRequest, scope: string | undefined): WireService | undefined {
  const target = targetOf(request);
  if (target !== undefined) return byTarget.get(target.slice(0, target.lastIndexOf('.')));
  const signingName = isExecuteApi(request) ? 'apigateway' : (scope ?? 's3');
  return catalogue.find((wire) => wire.signingName === signingName);
}

/** The answer to a request that was not let in, in the words of the service that it is meant for. */
export function refusalIn(request: HttpRequest, error: AwsError): HttpResponse {
  const isOwnAddress = /^\/_(?!aws\/)/.test(request.path);
  const scope = credentialScope(request).service;
  const wire = isOwnAddress ? undefined : wireOf(request, scope);
  const protocol = isOwnAddress ? 'rest-json' : callerProtocol(request, targetOf(request), wire, scope);
  const { code, message, status } = error;
  const named = /json/.test(protocol) ? new AwsError(`${code}Exception`, message, { status }) : error;
  const requestId = randomUUID();
  const response = errorIn(protocol, named, request, requestId, wire);
  return { ...response, headers: { 'x-amzn-requestid': requestId, ...response.headers } };
}
