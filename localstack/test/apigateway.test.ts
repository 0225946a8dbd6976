/** HTTP APIs over the wire: routes, authorization, payloads and CORS in front of a real function. */
import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { testFunctions } from './support/functions.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const ECHO = `
  if (event.rawPath === '/fail') throw new Error('no');
  if (event.rawPath === '/teapot') return { statusCode: 418, headers: { 'X-Kind': 'tea' }, body: 'short and stout', cookies: ['a=b'] };
  return event;`;

/** An answer's JSON. */
// biome-ignore lint/suspicious/noExplicitAny: what the function echoes is read member by member.
const json = async (answer: Response): Promise<any> => answer.json();

const SIGNED = {
  authorization: 'AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/execute-api/aws4_request, Signature=0',
};

describe('HTTP APIs', () => {
  const cleanups: (() => unknown)[] = [];
  let cloud: TestCloud;
  let url: string;
  let apiId: string;

  beforeAll(async () => {
    cloud = await localCloud({ onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) });
    const functions = testFunctions(cloud);
    cleanups.unshift(() => functions.lambda.destroy());
    const functionArn = await functions.create('echo', ECHO);
    const { resources } = cloud.context.services().find(({ name }) => name === 'apigateway')!;
    const deploy = (type: string, logicalId: string, properties: object) =>
      resources![`AWS::ApiGatewayV2::${type}`]!.deploy({
        stackName: 'Stack',
        logicalId,
        properties: properties as never,
        asset: () => undefined,
      });
    const api = await deploy('Api', 'Api', {
      Name: 'orders',
      ProtocolType: 'HTTP',
      CorsConfiguration: { AllowOrigins: ['https://shop.example'], AllowMethods: ['GET'], MaxAge: 60 },
    });
    apiId = api.physicalId;
    url = api.attributes.ApiEndpoint!;
    const { physicalId: integration } = await deploy('Integration', 'Echo', {
      ApiId: apiId,
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: functionArn,
      PayloadFormatVersion: '2.0',
    });
    const routes = [
      'GET /orders/{id}',
      'GET /orders/new',
      'ANY /files/{path+}',
      'GET /fail',
      'GET /teapot',
      'POST /bytes',
    ];
    for (const RouteKey of routes) {
      await deploy('Route', RouteKey, { ApiId: apiId, RouteKey, Target: `integrations/${integration}` });
    }
    await deploy('Route', 'Signed', {
      ApiId: apiId,
      RouteKey: 'POST /signed',
      Target: `integrations/${integration}`,
      AuthorizationType: 'AWS_IAM',
    });
    await deploy('Stage', 'Stage', { ApiId: apiId, StageName: '$default', AutoDeploy: true });
  });

  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  const call = (path: string, init: RequestInit = {}) => fetch(url + path, init);

  // Format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
  it('hand a function the request in payload format 2.0', async () => {
    const answer = await call('/orders/o-1?tag=a&tag=b', { headers: { 'X-Trace': '7', cookie: 'x=1; y=2' } });

    const event = await json(answer);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      [event.version, event.routeKey, event.rawPath, event.rawQueryString],
      ['2.0', 'GET /orders/{id}', '/orders/o-1', 'tag=a&tag=b'],
    );
    assert.deepEqual(event.pathParameters, { id: 'o-1' });
    assert.deepEqual(event.queryStringParameters, { tag: 'a,b' });
    assert.deepEqual(event.cookies, ['x=1', 'y=2']);
    assert.equal(event.headers['x-trace'], '7');
    assert.deepEqual(
      [event.requestContext.stage, event.requestContext.http.method, event.requestContext.apiId],
      ['$default', 'GET', apiId],
    );
  });

  it('take the most specific route', async () => {
    const keys = await Promise.all(
      ['/orders/new', '/orders/other', '/files/a/b%20c'].map(async (path) => {
        const { routeKey, pathParameters } = await json(await call(path));
        return [routeKey, pathParameters];
      }),
    );

    assert.deepEqual(keys, [
      ['GET /orders/new', undefined],
      ['GET /orders/{id}', { id: 'other' }],
      ['ANY /files/{path+}', { path: 'a/b c' }],
    ]);
  });

  it('answer as the function says', async () => {
    const answer = await call('/teapot');

    assert.equal(answer.status, 418);
    assert.equal(await answer.text(), 'short and stout');
    assert.deepEqual([answer.headers.get('x-kind'), answer.headers.get('set-cookie')], ['tea', 'a=b']);
  });

  it('hand bytes over as base64', async () => {
    const answer = await call('/bytes', {
      method: 'POST',
      body: new Uint8Array([0, 255]),
      headers: { 'content-type': 'application/octet-stream' },
    });

    const { body, isBase64Encoded } = await json(answer);
    assert.deepEqual([body, isBase64Encoded], ['AP8=', true]);
  });

  it('let only signed requests through to a route with IAM authorization', async () => {
    const unsigned = await call('/signed', { method: 'POST', body: '{}' });
    const signed = await call('/signed', { method: 'POST', body: '{}', headers: SIGNED });

    const event = await json(signed);
    assert.deepEqual([unsigned.status, await json(unsigned)], [403, { message: 'Forbidden' }]);
    assert.equal(event.requestContext.authorizer.iam.accessKey, 'test');
  });

  it('answer 404 where no route is, and 500 where the function fails', async () => {
    const missing = await call('/nowhere');
    const failed = await call('/fail');

    assert.deepEqual([missing.status, await json(missing)], [404, { message: 'Not Found' }]);
    assert.deepEqual([failed.status, await json(failed)], [500, { message: 'Internal Server Error' }]);
  });

  it('answer a preflight themselves, and name the origin that may read', async () => {
    const asked = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };

    const preflight = await call('/orders/o-1', { method: 'OPTIONS', headers: asked });
    const stranger = await call('/orders/o-1', { headers: { origin: 'https://other.example' } });
    const friend = await call('/orders/o-1', { headers: { origin: 'https://shop.example' } });

    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers.get('access-control-allow-methods'), 'GET');
    assert.equal(friend.headers.get('access-control-allow-origin'), 'https://shop.example');
    assert.equal(stranger.headers.get('access-control-allow-origin'), null);
  });

  it('are reached by their own host name too', async () => {
    const { port } = new URL(cloud.endpoint);
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = httpRequest(
        {
          host: '127.0.0.1',
          port,
          path: '/orders/o-1',
          headers: { host: `${apiId}.execute-api.localhost:${port}` },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      outgoing.on('error', reject).end();
    });

    assert.equal(answer, 200);
  });

  it('are listed by the management API', async () => {
    const client = new ApiGatewayV2Client(cloud.client);

    const { Items: items } = await client.send(new GetApisCommand({}));

    client.destroy();
    assert.deepEqual(
      items!.map(({ Name, ApiEndpoint }) => [Name, ApiEndpoint]),
      [['orders', url]],
    );
  });
});
