/**
 * API Gateway's HTTP APIs: routes to Lambda functions in payload format 2.0, with IAM authorization and CORS. Not done, and
 * refused by name: REST and WebSocket APIs, JWT and Lambda authorizers, other integrations, custom domains.
 */
import { join } from 'node:path';
import { AwsError } from '../../core/errors.ts';
import { type HttpRequest, type HttpResponse, readBody } from '../../core/http.ts';
import { pageOf } from '../../core/paging.ts';
import type { CallContext, CloudContext, Service } from '../../core/service.ts';
import { addressOf, apiEndpoint } from './address.ts';
import { namesOrigin, preflight, withCors } from './cors.ts';
import { inputs } from './inputs.ts';
import { internalError, jsonResponse, proxyEvent, proxyResponse } from './proxyEvent.ts';
import { createResources } from './resources.ts';
import { findRoute, type Match } from './routing.ts';
import { type Api, type Integration, openStore } from './store.ts';

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The stage that the path's first part names, or `$default`. */
function stageOf(api: Api, path: string): { stage: string; path: string } | undefined {
  const [first = '', ...rest] = path.slice(1).split('/');
  if (first !== '$default' && api.stages.includes(first)) return { stage: first, path: `/${rest.join('/')}` };
  return api.stages.includes('$default') ? { stage: '$default', path } : undefined;
}

const PAGING = { maxResults: 'MaxResults', nextToken: 'NextToken' };

interface Paging {
  readonly MaxResults?: string;
  readonly NextToken?: string;
}

/** One page of a list; whoever does not say how many it wants is given all. */
function listed<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  described: (item: T) => object,
  { MaxResults, NextToken }: Paging,
) {
  const invalid = (what: string) => new AwsError('BadRequestException', `Invalid ${what} specified`);
  const limit = MaxResults === undefined ? Number.POSITIVE_INFINITY : Number(MaxResults);
  if (!(limit >= 1)) throw invalid(`maxResults ${MaxResults}`);
  const page = pageOf(items, { keyOf, limit, token: NextToken, invalidToken: () => invalid('nextToken') });
  return { items: page.items.map(described), nextToken: page.next };
}

const describedRoute = (route: Api['routes'][number]) => ({
  routeId: route.id,
  routeKey: route.key,
  target: `integrations/${route.integrationId}`,
  authorizationType: route.authorization,
});

const describedIntegration = (integration: Integration) => ({
  integrationId: integration.id,
  integrationType: 'AWS_PROXY',
  integrationUri: integration.functionArn,
  payloadFormatVersion: '2.0',
  timeoutInMillis: integration.timeoutMs,
});

const isSigned = (request: HttpRequest) =>
  request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') || request.query.has('X-Amz-Signature');

async function invokeFunction(
  context: CloudContext,
  integration: Integration,
  event: object,
): Promise<HttpResponse> {
  const { promise: late, resolve } = Promise.withResolvers<HttpResponse>();
  const cancel = context.clock.after(integration.timeoutMs, () =>
    resolve(jsonResponse(503, 'Service Unavailable')),
  );
  const answered = context
    .call(
      'lambda',
      'Invoke',
      { FunctionName: integration.functionArn, Payload: Buffer.from(JSON.stringify(event)) },
      { service: 'apigateway.amazonaws.com' },
    )
    .then(({ FunctionError: error, Payload: payload }) => (error ? internalError() : proxyResponse(payload)));
  try {
    return await Promise.race([answered, late]);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    context.log(`apigateway: ${integration.functionArn}: ${error.code}: ${error.message}`);
    return internalError();
  } finally {
    cancel();
  }
}

export function createApiGateway(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'apigateway'));

  async function answer(
    api: Api,
    request: HttpRequest,
    path: string,
    call: CallContext,
  ): Promise<HttpResponse> {
    const place = stageOf(api, path);
    const match: Match | undefined = place && findRoute(api.routes, request.method, place.path);
    const integration = match && api.integrations.find(({ id }) => id === match.route.integrationId);
    if (!place || !match || !integration) return jsonResponse(404, 'Not Found');
    if (match.route.authorization === 'AWS_IAM' && !isSigned(request)) return jsonResponse(403, 'Forbidden');
    const body = await readBody(request.body);
    if (body.length > MAX_BODY_BYTES) return jsonResponse(413, 'Request Entity Too Large');
    context.meter.add('apigateway', 'http-api', 'requests', 1);
    const event = proxyEvent({
      apiId: api.id,
      stage: place.stage,
      path: place.path,
      request,
      body,
      match,
      call,
      nowMs: context.clock.now(),
    });
    return invokeFunction(context, integration, event);
  }

  const described = (api: Api) => ({
    apiId: api.id,
    name: api.name,
    description: api.description,
    protocolType: 'HTTP',
    apiEndpoint: apiEndpoint(context, api.id),
    createdDate: new Date(api.createdAtMs).toISOString(),
  });

  function apiOf(id: string): Api {
    const api = store.api(id);
    if (!api)
      throw new AwsError('NotFoundException', `Invalid API identifier specified ${id}`, { status: 404 });
    return api;
  }

  return {
    name: 'apigateway',
    inputs,
    routes: [
      { method: 'GET', path: '/v2/apis', action: 'GetApis', query: PAGING },
      { method: 'GET', path: '/v2/apis/{ApiId}', action: 'GetApi' },
      { method: 'GET', path: '/v2/apis/{ApiId}/routes', action: 'GetRoutes', query: PAGING },
      { method: 'GET', path: '/v2/apis/{ApiId}/integrations', action: 'GetIntegrations', query: PAGING },
      { method: 'GET', path: '/v2/apis/{ApiId}/stages', action: 'GetStages', query: PAGING },
    ],
    actions: {
      GetApis: (input: Paging) => listed(store.apis(), ({ id }) => id, described, input),
      GetApi: (input) => described(apiOf(input.ApiId)),
      GetRoutes: (input) => listed(apiOf(input.ApiId).routes, ({ id }) => id, describedRoute, input),
      GetIntegrations: (input) =>
        listed(apiOf(input.ApiId).integrations, ({ id }) => id, describedIntegration, input),
      GetStages: (input) =>
        listed(
          apiOf(input.ApiId).stages,
          (stageName) => stageName,
          (stageName) => ({ stageName, autoDeploy: true }),
          input,
        ),
    },
    async handle(request, _invoke, call) {
      const { apiId, path } = addressOf(request);
      const api = store.api(apiId);
      if (!api) return jsonResponse(404, 'Not Found');
      const early = api.cors && preflight(api.cors, request);
      return early ?? withCors(api.cors, request, await answer(api, request, path, call));
    },
    namesOrigin: (request, origin) => namesOrigin(store.api(addressOf(request).apiId)?.cors, origin),
    resources: createResources(context, store),
    async stop() {
      store.close();
    },
  };
}
