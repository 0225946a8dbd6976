/** Requests from other sites' web pages, to every service over both HTTP versions: they change and reveal nothing. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { CloudOptions } from '../cloud.ts';
import { testFunctions } from './support/functions.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';
import { type RawAnswer, type RawRequest, sendHttp1, sendHttp2 } from './support/rawHttp.ts';

/** In an object, a table, a queue and the answer of a function: no refusal may contain it. */
const SECRET = 'b7c1f2-kept-to-ourselves';

/** Names a service from the URL, as a page can without any header of its own. */
const scope = (service: string) => `X-Amz-Credential=x/20250101/us-east-1/${service}/aws4_request`;

const text = (method: string, target: string, body = ''): RawRequest => ({
  method,
  target,
  headers: [['content-type', 'text/plain;charset=UTF-8']],
  body,
});
const form = (service: string, fields: string): RawRequest => ({
  method: 'POST',
  target: `/?${scope(service)}`,
  headers: [['content-type', 'application/x-www-form-urlencoded']],
  body: fields,
});
const json = (target: string, input: object): RawRequest => ({
  method: 'POST',
  target: '/',
  headers: [
    ['x-amz-target', target],
    ['content-type', 'application/x-amz-json-1.0'],
  ],
  body: JSON.stringify(input),
});

/** One or more of each service: what would do harm, or tell something. */
const ATTACKS: Readonly<Record<string, (apiId: string) => RawRequest>> = {
  'lambda: creates a function': () =>
    text(
      'POST',
      `/2015-03-31/functions?${scope('lambda')}`,
      '{"FunctionName":"evil","Runtime":"nodejs24.x","Handler":"index.handler","Role":"arn:aws:iam::000000000000:role/r","Code":{"ZipFile":""}}',
    ),
  'lambda: invokes a function': () =>
    text('POST', `/2015-03-31/functions/tell/invocations?${scope('lambda')}`, '{}'),
  's3: reads an object': () => text('GET', '/kept/secret.txt'),
  's3: lists buckets': () => text('GET', '/'),
  's3: writes an object': () => text('PUT', '/kept/evil.html', '<script>'),
  's3: writes from a multipart form': () => ({
    method: 'POST',
    target: '/kept',
    headers: [['content-type', 'multipart/form-data; boundary=x']],
    body: '--x\r\ncontent-disposition: form-data; name="key"\r\n\r\nevil\r\n--x--\r\n',
  }),
  's3: deletes objects': () =>
    text('POST', '/kept?delete', '<Delete><Object><Key>secret.txt</Key></Object></Delete>'),
  's3: reads with a presigned URL': () =>
    text(
      'GET',
      `/kept/secret.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&${scope('s3')}&X-Amz-Date=20990101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0`,
    ),
  'cloudformation: deploys a folder': () => form('cloudformation', 'Action=_DeployAssembly&folder=/tmp'),
  'cloudformation: deletes a stack': () => form('cloudformation', 'Action=DeleteStack&StackName=Lake'),
  'cloudformation: deletes a stack by URL': () =>
    text('GET', `/?Action=DeleteStack&StackName=Lake&${scope('cloudformation')}`),
  'kinesis: puts a record': () =>
    json('Kinesis_20131202.PutRecord', { StreamName: 'events', PartitionKey: 'k', Data: 'ZXZpbA==' }),
  'dynamodb: reads a table': () => json('DynamoDB_20120810.Scan', { TableName: 'kept' }),
  'dynamodb: deletes a table': () => json('DynamoDB_20120810.DeleteTable', { TableName: 'kept' }),
  'dynamodb streams: lists streams': () => json('DynamoDBStreams_20120810.ListStreams', {}),
  'athena: runs a statement': () =>
    json('AmazonAthena.StartQueryExecution', {
      QueryString: 'drop table kept.t',
      ResultConfiguration: { OutputLocation: 's3://kept/results/' },
    }),
  'glue: deletes a database': () => json('AWSGlue.DeleteDatabase', { Name: 'kept' }),
  'step functions: lists state machines': () => json('AWSStepFunctions.ListStateMachines', {}),
  'sqs: receives a message': () =>
    form('sqs', 'Action=ReceiveMessage&QueueUrl=http://127.0.0.1/000000000000/kept'),
  'sqs: purges a queue': () =>
    json('AmazonSQS.PurgeQueue', { QueueUrl: 'http://127.0.0.1/000000000000/kept' }),
  'sns: publishes': () =>
    form('sns', 'Action=Publish&TopicArn=arn:aws:sns:us-east-1:000000000000:kept&Message=evil'),
  'sts: hands out credentials': () =>
    form('sts', 'Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/admin&RoleSessionName=evil'),
  'sts: hands out credentials by URL': () =>
    text(
      'GET',
      `/?Action=AssumeRole&RoleArn=arn:aws:iam::000000000000:role/admin&RoleSessionName=evil&${scope('sts')}`,
    ),
  'iam: creates a role': () =>
    form(
      'iam',
      'Action=CreateRole&RoleName=evil&AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D',
    ),
  'cloudwatch: puts a metric': () =>
    form('monitoring', 'Action=PutMetricData&Namespace=evil&MetricData.member.1.MetricName=m'),
  'logs: deletes a group': () => json('Logs_20140328.DeleteLogGroup', { logGroupName: '/kept' }),
  'events: puts events': () =>
    json('AWSEvents.PutEvents', { Entries: [{ Source: 'evil', DetailType: 'x', Detail: '{}' }] }),
  'scheduler: creates a group': () => text('POST', `/schedule-groups/evil?${scope('scheduler')}`, '{}'),
  'apigateway: lists APIs': () => text('GET', `/v2/apis?${scope('apigateway')}`),
  'an HTTP API: calls a route': (apiId) => text('POST', `/_aws/execute-api/${apiId}/tell`, '{}'),
  'kms: creates a key': () => json('TrentService.CreateKey', {}),
  'the cloud: moves the clock': () => text('POST', '/_headwaters/clock', '{"advanceSeconds":86400}'),
  'the cloud: deploys a folder': () => text('POST', '/_headwaters/deploy', '{"folder":"/tmp"}'),
  'the cloud: tells its health': () => text('GET', '/_localstack/health'),
  'a mounted page: asks its backend': () => text('POST', '/_pages/act', '{}'),
};

/** What gives such a request away: the headers that the browser adds, which no script can change. */
const DISGUISES: Readonly<Record<string, (request: RawRequest, own: string) => RawRequest>> = {
  'from another origin': (request, own) => sent(request, [own], [['origin', 'https://evil.example']]),
  'from an origin without a name': (request, own) => sent(request, [own], [['origin', 'null']]),
  'from a page on another port': (request, own) => sent(request, [own], [['origin', 'http://127.0.0.1:1']]),
  'from two origins': (request, own) =>
    sent(request, [own], [['origin', `http://${own} https://evil.example`]]),
  'as an image or a script of another site': (request, own) =>
    sent(request, [own], fetchMetadata('cross-site', 'no-cors', 'image')),
  'as a request of another port': (request, own) =>
    sent(request, [own], fetchMetadata('same-site', 'cors', 'empty')),
  'in a frame of another site': (request, own) =>
    sent(request, [own], fetchMetadata('cross-site', 'navigate', 'iframe')),
  'as a form of another site': (request, own) =>
    sent(
      request,
      [own],
      [['origin', 'https://evil.example'], ...fetchMetadata('cross-site', 'navigate', 'document')],
    ),
  'from another page in an old browser': (request, own) =>
    sent(request, [own], [['referer', 'https://evil.example/page']]),
  'with a name that was rebound to this machine': (request, own) =>
    sent(request, [`evil.example:${own.split(':')[1]}`], []),
  'from a page under the rebound name': (request, own) => {
    const host = `evil.example:${own.split(':')[1]}`;
    return sent(request, [host], [['origin', `http://${host}`]]);
  },
  'with a rebound name that looks like ours': (request) => sent(request, ['localhost.evil.example'], []),
  'with a rebound name that looks like a bucket’s': (request) => sent(request, ['kept.s3.evil.example'], []),
  'with a rebound name that looks like an API’s': (request) =>
    sent(request, ['a1.execute-api.evil.example'], []),
  'with the address of every interface': (request, own) =>
    sent(request, [own.replace('127.0.0.1', '0.0.0.0')], []),
  'with a name before our address': (request, own) => sent(request, [`evil.example@${own}`], []),
  'with our host and another': (request, own) => sent(request, [own, 'evil.example'], []),
  'with another host and ours': (request, own) => sent(request, ['evil.example', own], []),
  'forwarded for our host': (request, own) =>
    sent(
      request,
      ['evil.example'],
      [
        ['x-forwarded-host', own],
        ['forwarded', `host=${own}`],
      ],
    ),
  'with an absolute target': (request, own) =>
    sent({ ...request, target: `http://evil.example${request.target}` }, [own], []),
};

const sent = (
  request: RawRequest,
  hosts: readonly string[],
  more: ReadonlyArray<readonly [string, string]>,
): RawRequest => ({
  ...request,
  headers: [...hosts.map((host) => ['host', host] as const), ...request.headers, ...more],
});

const fetchMetadata = (
  site: string,
  mode: string,
  dest: string,
): ReadonlyArray<readonly [string, string]> => [
  ['sec-fetch-site', site],
  ['sec-fetch-mode', mode],
  ['sec-fetch-dest', dest],
];

const pages: NonNullable<CloudOptions['mounts']> = [
  {
    prefix: '/_pages/',
    isHome: true,
    respond: async ({ method, path }) => ({ status: 200, body: `${method} ${path} ${SECRET}` }),
  },
];

describe('a request from another site’s page', () => {
  const cleanups: (() => unknown)[] = [];
  let cloud: TestCloud;
  let port: number;
  let apiId: string;

  beforeAll(async () => {
    cloud = await localCloud(
      { onTestFinished: (cleanup) => cleanups.push(cleanup as () => unknown) },
      { mounts: pages },
    );
    port = Number(new URL(cloud.endpoint).port);
    apiId = await furnish(cloud, cleanups);
  });

  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  const send = { 'HTTP/1.1': sendHttp1, 'HTTP/2': sendHttp2 } as const;

  for (const version of ['HTTP/1.1', 'HTTP/2'] as const)
    for (const [disguise, disguised] of Object.entries(DISGUISES))
      test(`${disguise} changes and reveals nothing of any service over ${version}`, async () => {
        const before = await stateOf(cloud);

        const answers = await Promise.all(
          Object.entries(ATTACKS).map(
            async ([attack, request]): Promise<readonly [string, RawAnswer]> => [
              attack,
              await send[version](port, disguised(request(apiId), `127.0.0.1:${port}`)),
            ],
          ),
        );

        assert.deepEqual(
          answers.filter(([, answer]) => !isRefusal(answer)),
          [],
        );
        assert.deepEqual(await stateOf(cloud), before);
      });

  test('is refused for where it comes from: the same requests without the disguise reach their service', async () => {
    const answers = await Promise.all(
      Object.entries(ATTACKS).flatMap(([attack, request]) =>
        [sendHttp1, sendHttp2].map(
          async (over): Promise<readonly [string, RawAnswer]> => [
            attack,
            await over(port, sent(request(apiId), [`127.0.0.1:${port}`], [])),
          ],
        ),
      ),
    );

    const refused = answers.filter(([, { body }]) =>
      /local cloud may|may not use the local cloud|host/.test(body),
    );
    const leaking = answers.filter(([, { body }]) => body.includes(SECRET)).map(([attack]) => attack);
    assert.deepEqual(refused, []);
    assert.ok(leaking.includes('s3: reads an object') && leaking.includes('lambda: invokes a function'));
  });

  test('is refused in the words of the service that it was meant for', async () => {
    const from = [['origin', 'https://evil.example']] as const;
    const ask = async (attack: keyof typeof ATTACKS) =>
      sendHttp1(
        port,
        sent((ATTACKS[attack] as (id: string) => RawRequest)(apiId), [`127.0.0.1:${port}`], from),
      );

    const [s3, query, target, rest, own] = await Promise.all([
      ask('s3: reads an object'),
      ask('sts: hands out credentials'),
      ask('kinesis: puts a record'),
      ask('lambda: invokes a function'),
      ask('the cloud: moves the clock'),
    ]);

    assert.match(
      s3.body,
      /^<\?xml.*\n<Error><Code>AccessDenied<\/Code><Message>A web page of https:\/\/evil/,
    );
    assert.match(query.body, /^<\?xml.*\n<ErrorResponse.*<Code>AccessDenied<\/Code>/);
    assert.match(JSON.parse(target.body).__type, /^AccessDeniedException$/);
    for (const answer of [rest, own]) {
      assert.equal(answer.headers['x-amzn-errortype'], 'AccessDeniedException');
      assert.match(JSON.parse(answer.body).message, /--allow-origin https:\/\/evil\.example/);
    }
  });
});

function isRefusal({ status, headers, body }: RawAnswer): boolean {
  if (status === 0) return true;
  return (
    (status === 403 || status === 400) &&
    /<Code>(AccessDenied|InvalidRequest)<|(AccessDenied|InvalidRequest)Exception|^$/.test(
      body + (headers['x-amzn-errortype'] ?? ''),
    ) &&
    !body.includes(SECRET) &&
    !Object.keys(headers).some((name) => name.startsWith('access-control-'))
  );
}

/** Fills a cloud with what the attacks are after. Gives the id of an HTTP API whose CORS configuration allows every origin. */
async function furnish(cloud: TestCloud, cleanups: (() => unknown)[]): Promise<string> {
  const functions = testFunctions(cloud);
  cleanups.unshift(() => functions.lambda.destroy());
  const functionArn = await functions.create('tell', `return ${JSON.stringify({ SECRET })};`);
  const { call } = cloud;
  await call('s3', 'CreateBucket', { Bucket: 'kept' });
  await call('s3', 'PutObject', { Bucket: 'kept', Key: 'secret.txt', Body: Buffer.from(SECRET) });
  await call('kinesis', 'CreateStream', { StreamName: 'events', ShardCount: 1 });
  await call('dynamodb', 'CreateTable', {
    TableName: 'kept',
    AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' }],
    BillingMode: 'PAY_PER_REQUEST',
  });
  await call('dynamodb', 'PutItem', { TableName: 'kept', Item: { k: { S: SECRET } } });
  await call('glue', 'CreateDatabase', { DatabaseInput: { Name: 'kept' } });
  const { QueueUrl } = await call('sqs', 'CreateQueue', { QueueName: 'kept' });
  await call('sqs', 'SendMessage', { QueueUrl, MessageBody: SECRET });
  await call('sns', 'CreateTopic', { Name: 'kept' });
  await call('logs', 'CreateLogGroup', { logGroupName: '/kept' });
  return httpApi(cloud, functionArn);
}

async function httpApi(cloud: TestCloud, functionArn: string): Promise<string> {
  const { resources } = cloud.context.services().find(({ name }) => name === 'apigateway')!;
  const deploy = (type: string, properties: Record<string, unknown>) =>
    resources![`AWS::ApiGatewayV2::${type}`]!.deploy({
      stackName: 'Lake',
      logicalId: type,
      properties,
      asset: () => undefined,
    });
  const { physicalId: ApiId } = await deploy('Api', {
    Name: 'open',
    ProtocolType: 'HTTP',
    CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['*'] },
  });
  const { physicalId } = await deploy('Integration', {
    ApiId,
    IntegrationType: 'AWS_PROXY',
    IntegrationUri: functionArn,
    PayloadFormatVersion: '2.0',
  });
  await deploy('Route', { ApiId, RouteKey: 'POST /tell', Target: `integrations/${physicalId}` });
  await deploy('Stage', { ApiId, StageName: '$default', AutoDeploy: true });
  return ApiId;
}

/** All that the attacks could change, and what was asked of each service: reading changes the meters. */
async function stateOf(cloud: TestCloud) {
  const meters = cloud.context.meter.read();
  const { call } = cloud;
  return {
    meters: meters.filter(({ service, operation }) => !(`${service}.${operation}` in LOOKS)),
    looks: await Promise.all(
      Object.entries(LOOKS).map(([action, input]) => {
        const [service, name] = action.split('.') as [string, string];
        return call(service, name, input);
      }),
    ),
  };
}

const LOOKS: Readonly<Record<string, object>> = {
  's3.ListBuckets': {},
  's3.ListObjectsV2': { Bucket: 'kept' },
  'lambda.ListFunctions': {},
  'kinesis.ListStreams': {},
  'dynamodb.ListTables': {},
  'glue.GetDatabases': {},
  'sqs.GetQueueAttributes': {
    QueueUrl: 'http://127.0.0.1/000000000000/kept',
    AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  },
  'sns.ListTopics': {},
  'iam.ListRoles': {},
  'logs.DescribeLogGroups': {},
  'athena.ListQueryExecutions': {},
  'kms.ListKeys': {},
  'scheduler.ListScheduleGroups': {},
};
