/** The one HTTP API, `/studies/<study>/…`: signed requests only, throttled, every request in an access log. Studies add their routes from their own stacks. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpMethod,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import type { StudyFunction } from './studyFunction.ts';

export class LakeApi extends Construct {
  readonly api: IHttpApi;
  readonly url: string;

  constructor(scope: Construct, id: string, { names, profile }: Settings) {
    super(scope, id);
    const api = new HttpApi(this, 'Api', {
      apiName: names.prefix,
      description: 'Events in, transactions, access patterns, answers',
      createDefaultStage: false,
    });
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/${names.prefix}`,
      retention: profile.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1000 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
    this.url = api.apiEndpoint;
    this.api = api;
  }
}

export type Route = `${'GET' | 'POST' | 'DELETE'} /${string}`;

/** Routes of the API to one function; who calls signs the request (SigV4) and needs `execute-api:Invoke`. */
export function addRoutes(handler: StudyFunction, httpApi: IHttpApi, routes: readonly Route[]): void {
  const integration = new HttpLambdaIntegration(`${handler.node.id}Integration`, handler.function);
  for (const route of routes) {
    const [method, path] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string];
    new HttpRoute(handler, route.replaceAll(/[^A-Za-z]+/g, '-'), {
      httpApi,
      routeKey: HttpRouteKey.with(path, HttpMethod[method]),
      integration,
      authorizer: new HttpIamAuthorizer(),
    });
  }
}
