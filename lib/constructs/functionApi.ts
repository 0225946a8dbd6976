/** An HTTP API in front of one function: signed requests only, throttled, every request in an access log. */
import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './settings.ts';
import type { StudyFunction } from './studyFunction.ts';

export interface FunctionApiProps {
  readonly settings: Settings;
  readonly apiName: string;
  readonly description: string;
  readonly handler: StudyFunction;
  /** `GET /path/{parameter}` each; who calls signs the request (SigV4) and needs `execute-api:Invoke`. */
  readonly routes: readonly `${'GET' | 'POST'} /${string}`[];
}

export class FunctionApi extends Construct {
  constructor(scope: Construct, id: string, props: FunctionApiProps) {
    super(scope, id);
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/apigateway/${props.apiName}`,
      retention: props.settings.profile.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new HttpApi(this, 'Api', {
      apiName: props.apiName,
      description: props.description,
      createDefaultStage: false,
      defaultAuthorizer: new HttpIamAuthorizer(),
    });
    const integration = new HttpLambdaIntegration('Function', props.handler.function);
    for (const route of props.routes) {
      const [method, path] = route.split(' ') as ['GET' | 'POST', string];
      api.addRoutes({ path, methods: [HttpMethod[method]], integration });
    }
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 500, burstLimit: 1000 },
      accessLogSettings: { destination: new LogGroupLogDestination(accessLogs) },
    });
    new CfnOutput(this, 'Url', { value: api.apiEndpoint, description: props.description });
  }
}
