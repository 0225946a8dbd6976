/** The edge of the cloud: admitted names, mounts, and what a browser may do with the answers. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, type OnTestFinishedHandler, test } from 'vitest';
import { type CloudOptions, startCloud } from '../cloud.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';
import { sendHttp1 } from './support/rawHttp.ts';

type Cleaner = { onTestFinished: (handler: OnTestFinishedHandler) => void };

const get = (port: number, target: string, headers: Record<string, string>, method = 'GET') =>
  sendHttp1(port, { method, target, headers: Object.entries(headers) });

const cleanups: (() => unknown)[] = [];
let plain: TestCloud;

beforeAll(async () => {
  plain = await localCloud({ onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) });
});

afterAll(async () => {
  for (const cleanup of cleanups) await cleanup();
});

/** A cloud with these options for one test; the one that all tests share, without. */
async function cloudWith(t: Cleaner, options?: Partial<CloudOptions>) {
  const cloud = options ? await localCloud(t, options) : plain;
  const port = Number(new URL(cloud.endpoint).port);
  return { cloud, port, host: `127.0.0.1:${port}` };
}

const pages: CloudOptions['mounts'] = [
  {
    prefix: '/_pages/',
    isHome: true,
    async respond({ method, path }) {
      if (path === '/_pages/broken') throw new Error('its handler failed');
      return { status: 200, headers: { 'content-type': 'text/html' }, body: `${method} ${path}` };
    },
  },
];

test('a page whose origin was allowed by name is answered its preflight, and may read what it asks', async (t) => {
  const origin = 'http://localhost:3000';
  const { port, host } = await cloudWith(t, { allowOrigins: [origin] });

  const preflight = await get(
    port,
    '/bucket/key',
    {
      host,
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'x-amz-date,authorization',
    },
    'OPTIONS',
  );
  const answer = await get(port, '/_localstack/health', { host, origin });
  const image = await get(port, '/', { host, referer: `${origin}/page`, 'sec-fetch-site': 'same-site' });
  const other = await get(
    port,
    '/bucket/key',
    { host, origin: 'http://localhost:3001', 'access-control-request-method': 'PUT' },
    'OPTIONS',
  );

  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], origin);
  assert.match(preflight.headers['access-control-allow-methods'] ?? '', /PUT/);
  assert.equal(preflight.headers['access-control-allow-headers'], 'x-amz-date,authorization');
  assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, origin]);
  assert.deepEqual([image.status, image.headers['cross-origin-resource-policy']], [200, 'cross-origin']);
  assert.deepEqual([other.status, other.headers['access-control-allow-origin']], [403, undefined]);
});

test('a host that was allowed by name is answered, with buckets under it', async (t) => {
  const { cloud, port } = await cloudWith(t, { allowHosts: ['lake.internal'] });
  await cloud.call('s3', 'CreateBucket', { Bucket: 'kept' });
  await cloud.call('s3', 'PutObject', { Bucket: 'kept', Key: 'k', Body: Buffer.from('x') });

  const named = await get(port, '/kept/k', { host: `lake.internal:${port}` });
  const bucket = await get(port, '/k', { host: 'kept.s3.lake.internal' });
  const other = await get(port, '/kept/k', { host: 'other.internal' });

  assert.deepEqual([named.body, bucket.body, other.status], ['x', 'x', 403]);
});

test('an HTTP API’s CORS configuration opens the API to the origins that it names, and nothing else', async (t) => {
  const { cloud, port, host } = await cloudWith(t);
  const { resources } = cloud.context.services().find(({ name }) => name === 'apigateway')!;
  const deploy = (type: string, properties: Record<string, unknown>) =>
    resources![`AWS::ApiGatewayV2::${type}`]!.deploy({
      stackName: 'S',
      logicalId: type + String(properties.Name),
      properties: { ProtocolType: 'HTTP', ...properties },
      asset: () => undefined,
    });
  const cors = (AllowOrigins: string[]) => ({ AllowOrigins, AllowMethods: ['GET'] });
  const named = await deploy('Api', { Name: 'a', CorsConfiguration: cors(['https://shop.example']) });
  const open = await deploy('Api', { Name: 'b', CorsConfiguration: cors(['*']) });
  const origin = 'https://shop.example';
  const preflight = { host, origin, 'access-control-request-method': 'GET' };
  const address = (api: { physicalId: string }) => `/_aws/execute-api/${api.physicalId}/x`;

  const ownApi = await get(port, address(named), preflight, 'OPTIONS');
  const asked = await get(port, address(named), { host, origin });
  const openApi = await get(port, address(open), preflight, 'OPTIONS');
  const cloudItself = await get(port, '/_localstack/health', { host, origin });
  const byTarget = await get(
    port,
    '/',
    {
      host: `${named.physicalId}.execute-api.localhost:${port}`,
      origin,
      'x-amz-target': 'DynamoDB_20120810.ListTables',
    },
    'POST',
  );

  assert.deepEqual([ownApi.status, ownApi.headers['access-control-allow-origin']], [204, origin]);
  // There is no route: the answer is the API's own.
  assert.deepEqual([asked.status, asked.body], [404, '{"message":"Not Found"}']);
  assert.equal(openApi.status, 403);
  assert.equal(cloudItself.status, 403);
  assert.deepEqual([byTarget.status, byTarget.body], [404, '{"message":"Not Found"}']);
});

test('a mounted page is reached by its own requests, by links and from the root, and nothing else is its origin’s', async (t) => {
  const { port, host } = await cloudWith(t, { mounts: pages });
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };

  const fromRoot = await get(port, '/', { host, accept: 'text/html,*/*' });
  const byLink = await get(port, '/_pages/a', { host, ...link });
  const rootByLink = await get(port, '/', { host, accept: 'text/html', ...link });
  const own = await get(port, '/_pages/act', { host, origin: `http://${host}` }, 'POST');
  const bare = await get(port, '/_pages', { host });
  const broken = await get(port, '/_pages/broken', { host });
  const sdk = await get(port, '/', { host, accept: '*/*' });
  const bucketRoot = await get(port, '/', { host: `absent.s3.localhost:${port}`, accept: 'text/html' });
  const framed = await get(port, '/_pages/a', { host, ...link, 'sec-fetch-dest': 'iframe' });
  const posted = await get(port, '/_pages/act', { host, ...link, origin: 'https://evil.example' }, 'POST');

  assert.deepEqual([fromRoot.status, fromRoot.headers.location], [302, '/_pages/']);
  assert.deepEqual([byLink.status, byLink.body], [200, 'GET /_pages/a']);
  assert.equal(byLink.headers['content-security-policy'], undefined);
  assert.equal(rootByLink.status, 302);
  assert.deepEqual([own.status, own.body], [200, 'POST /_pages/act']);
  assert.deepEqual([bare.status, bare.headers.location], [308, '/_pages/']);
  assert.deepEqual([broken.status, JSON.parse(broken.body).message], [500, 'its handler failed']);
  assert.match(sdk.body, /ListAllMyBucketsResult/);
  assert.match(bucketRoot.body, /NoSuchBucket/);
  assert.deepEqual([framed.status, posted.status], [403, 403]);
});

test('an object that is a web page has no origin in a browser, so its scripts cannot use the cloud', async (t) => {
  const { cloud, port, host } = await cloudWith(t);
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  t.onTestFinished(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: 'kept' }));
  await s3.send(
    new PutObjectCommand({ Bucket: 'kept', Key: 'evil.html', Body: '<script>', ContentType: 'text/html' }),
  );

  const page = await get(port, '/kept/evil.html', { host, 'sec-fetch-site': 'none' });
  const missing = await get(port, '/kept/missing', { host });

  for (const { headers } of [page, missing])
    assert.deepEqual(
      [
        headers['content-security-policy'],
        headers['x-content-type-options'],
        headers['cross-origin-resource-policy'],
      ],
      ['sandbox', 'nosniff', 'same-origin'],
    );
});

test('what services do among themselves cannot be asked for from outside, nor by a state machine', async (t) => {
  const { cloud, port, host } = await cloudWith(t);
  const authorization = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, Signature=0`;
  const internal = cloud.context
    .services()
    .flatMap(({ name, actions }) =>
      Object.keys(actions).flatMap((action) => (action.startsWith('_') ? [[name, action] as const] : [])),
    );
  const sfn = new SFNClient(cloud.client);
  t.onTestFinished(() => sfn.destroy());

  const answers = await Promise.all([
    sendHttp1(port, {
      method: 'POST',
      target: '/',
      headers: [
        ['host', host],
        ['authorization', authorization('cloudformation')],
      ],
      body: 'Action=_DeployAssembly&folder=/nowhere',
    }),
    ...['GraniteServiceVersion20100801._Record', 'Logs_20140328._Append'].map((target) =>
      sendHttp1(port, {
        method: 'POST',
        target: '/',
        headers: [
          ['host', host],
          ['x-amz-target', target],
        ],
        body: '{}',
      }),
    ),
  ]);
  const created = sfn.send(
    new CreateStateMachineCommand({
      name: 'records',
      roleArn: 'arn:aws:iam::000000000000:role/r',
      definition: JSON.stringify({
        StartAt: 'A',
        States: {
          A: { Type: 'Task', Resource: 'arn:aws:states:::aws-sdk:cloudwatch:_Record', End: true },
        },
      }),
    }),
  );

  assert.ok(internal.length > 3, 'there are internal actions');
  for (const { status, body } of answers) {
    assert.equal(status, 501);
    assert.match(body, /does not emulate the action _/);
  }
  await assert.rejects(created, { message: /aws-sdk:cloudwatch:_Record/ });
});

test('a URL without a signed header changes nothing, and still says who signed it', async (t) => {
  const { cloud, port, host } = await cloudWith(t);
  const scope = (service: string) =>
    `X-Amz-Credential=test%2F20260101%2Fus-east-1%2F${service}%2Faws4_request`;
  const typed = { host, 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' };

  const made = await get(port, `/?Action=CreateTopic&Name=t&${scope('sns')}`, typed);
  const identity = await get(port, `/?Action=GetCallerIdentity&${scope('sts')}`, { host });

  assert.deepEqual([made.status, (await cloud.call('sns', 'ListTopics', {})).Topics], [403, []]);
  assert.match(identity.body, /<Account>000000000000</);
});

test('options that cannot be used are refused before anything starts', async () => {
  const stateDir = join(tmpdir(), `headwaters-edge-${randomUUID()}`);
  const start = (options: Partial<CloudOptions>) => startCloud({ stateDir, port: 0, ...options });
  const mount = (prefix: string) => ({ mounts: [{ prefix, respond: async () => ({ status: 200 }) }] });

  for (const options of [
    { allowHosts: ['*'] },
    { allowOrigins: ['*'] },
    mount('/pages/'),
    mount('/_aws/'),
    mount('/_pages'),
  ])
    await assert.rejects(start(options), { name: 'CloudOptionError' }, JSON.stringify(options));
  assert.ok(!existsSync(stateDir));
});
