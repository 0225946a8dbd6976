/** AWS::ApiGatewayV2::Api, Integration, Route, Stage and Deployment, as CDK's HttpApi emits them. */
import { createHash } from 'node:crypto';
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, DeployRequest, ResourceProvider } from '../../core/service.ts';
import { apiEndpoint } from './address.ts';
import type { Api, Store } from './store.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/** Ten letters and digits like AWS's ids, the same for the same resource on every deploy. */
const idOf = ({ stackName, logicalId }: DeployRequest) =>
  BigInt(`0x${createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex')}`)
    .toString(36)
    .slice(0, 10);

/** The function in a plain ARN or in `arn:aws:apigateway:…:lambda:path/2015-03-31/functions/<arn>/invocations`. */
const functionArnIn = (uri: string) => /functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1] ?? uri;

const refuse = (what: string) => new NotEmulatedError('API Gateway', what);

function change(store: Store, apiId: string, next: (api: Api) => Api): void {
  const api = store.api(apiId);
  if (!api) throw refuse(`an API that is not of this cloud (${apiId})`);
  store.putApi(next(api));
}

const replaced = <Part extends { readonly id: string }>(parts: readonly Part[], part: Part): Part[] => [
  ...parts.filter(({ id }) => id !== part.id),
  part,
];

const removeFrom = (store: Store, properties: Record<string, unknown>, next: (api: Api) => Api) => {
  const api = store.api(properties.ApiId as string);
  if (api) store.putApi(next(api));
};

export const createResources = (context: CloudContext, store: Store): Record<string, ResourceProvider> => ({
  'AWS::ApiGatewayV2::Api': apiType(context, store),
  'AWS::ApiGatewayV2::Integration': integrationType(store),
  'AWS::ApiGatewayV2::Route': routeType(store),
  'AWS::ApiGatewayV2::Stage': stageType(store),
  'AWS::ApiGatewayV2::Deployment': deploymentType,
});

const apiType = (context: CloudContext, store: Store): ResourceProvider => ({
  properties: ['Name', 'Description', 'ProtocolType', 'CorsConfiguration'],
  notEmulated: ['DisableExecuteApiEndpoint', 'Tags', 'IpAddressType'],
  replacedBy: ['ProtocolType'],
  async deploy(request) {
    const { properties } = request;
    if (properties.ProtocolType !== 'HTTP') throw refuse(`APIs of type ${properties.ProtocolType}`);
    const id = request.physicalId ?? idOf(request);
    const existing = store.api(id);
    store.putApi({
      routes: [],
      integrations: [],
      stages: [],
      createdAtMs: context.clock.now(),
      ...existing,
      id,
      name: properties.Name,
      description: properties.Description,
      cors: properties.CorsConfiguration,
    });
    return { physicalId: id, attributes: { ApiId: id, ApiEndpoint: apiEndpoint(context, id) } };
  },
  async remove(physicalId) {
    store.dropApi(physicalId);
  },
});

const integrationType = (store: Store): ResourceProvider => ({
  properties: [
    'ApiId',
    'IntegrationType',
    'IntegrationUri',
    'PayloadFormatVersion',
    'TimeoutInMillis',
    'ConnectionType',
    'IntegrationMethod',
  ],
  notEmulated: ['Description'],
  replacedBy: ['ApiId'],
  async deploy(request) {
    const { properties } = request;
    if (properties.IntegrationType !== 'AWS_PROXY' || properties.ConnectionType === 'VPC_LINK') {
      throw refuse(`integrations of type ${properties.IntegrationType} ${properties.ConnectionType ?? ''}`);
    }
    const functionArn = functionArnIn(properties.IntegrationUri);
    if (!functionArn.startsWith('arn:aws:lambda:'))
      throw refuse(`the integration ${properties.IntegrationUri}`);
    if (properties.PayloadFormatVersion !== '2.0') {
      throw refuse(`the payload format ${properties.PayloadFormatVersion}`);
    }
    const id = request.physicalId ?? idOf(request);
    const timeoutMs = Number(properties.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS);
    change(store, properties.ApiId, (api) => ({
      ...api,
      integrations: replaced(api.integrations, { id, functionArn, timeoutMs }),
    }));
    return { physicalId: id, attributes: { IntegrationId: id } };
  },
  async remove(physicalId, properties) {
    removeFrom(store, properties, (api) => ({
      ...api,
      integrations: api.integrations.filter(({ id }) => id !== physicalId),
    }));
  },
});

const routeType = (store: Store): ResourceProvider => ({
  properties: ['ApiId', 'RouteKey', 'Target', 'AuthorizationType'],
  notEmulated: ['OperationName'],
  replacedBy: ['ApiId'],
  async deploy(request) {
    const { ApiId, RouteKey, Target, AuthorizationType: authorization = 'NONE' } = request.properties;
    if (authorization !== 'NONE' && authorization !== 'AWS_IAM') {
      throw refuse(`the authorization ${authorization} (${RouteKey})`);
    }
    const id = request.physicalId ?? idOf(request);
    const route = {
      id,
      key: RouteKey,
      integrationId: (Target as string).split('/').at(-1)!,
      authorization,
    };
    change(store, ApiId, (api) => ({ ...api, routes: replaced(api.routes, route) }));
    return { physicalId: id, attributes: { RouteId: id } };
  },
  async remove(physicalId, properties) {
    removeFrom(store, properties, (api) => ({
      ...api,
      routes: api.routes.filter(({ id }) => id !== physicalId),
    }));
  },
});

const stageType = (store: Store): ResourceProvider => ({
  properties: ['ApiId', 'StageName', 'AutoDeploy', 'DeploymentId'],
  notEmulated: ['DefaultRouteSettings', 'RouteSettings', 'AccessLogSettings', 'Description', 'Tags'],
  replacedBy: ['ApiId', 'StageName'],
  async deploy({ properties }) {
    const { ApiId, StageName } = properties;
    change(store, ApiId, (api) => ({ ...api, stages: [...new Set([...api.stages, StageName])] }));
    return { physicalId: StageName, attributes: {} };
  },
  async remove(physicalId, properties) {
    removeFrom(store, properties, (api) => ({
      ...api,
      stages: api.stages.filter((name) => name !== physicalId),
    }));
  },
});

const deploymentType: ResourceProvider = {
  properties: ['ApiId', 'StageName'],
  notEmulated: ['Description'],
  replacedBy: ['ApiId'],
  async deploy(request) {
    const id = request.physicalId ?? idOf(request);
    return { physicalId: id, attributes: { DeploymentId: id } };
  },
};
