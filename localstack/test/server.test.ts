/** The endpoint itself: both HTTP versions on one port, every protocol's errors, callers, clock, health, and the state folder. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudWatchClient, PutAnomalyDetectorCommand } from '@aws-sdk/client-cloudwatch';
import { CreateUserCommand, IAMClient } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient, ListLayersCommand } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';

let stateDir: string;
let cloud: Cloud;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'headwaters-server-'));
  cloud = await startCloud({ stateDir, port: 0 });
});

afterAll(async () => {
  await cloud.stop();
  await rm(stateDir, { recursive: true });
});

const settings = (credentials = { accessKeyId: 'test', secretAccessKey: 'test' }) => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  credentials,
  maxAttempts: 1,
});

const failure = async (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it succeeded'),
    (error) => ({ name: error.name, message: error.message, status: error.$metadata?.httpStatusCode }),
  );

test('one port answers HTTP/1.1 and HTTP/2 without TLS', async () => {
  const overHttp1 = JSON.parse(await (await fetch(`${cloud.endpoint}/_localstack/health`)).text());
  const session = connectHttp2(cloud.endpoint);
  const overHttp2 = JSON.parse(await text(session.request({ ':path': '/_localstack/health' })));
  session.close();

  assert.deepEqual(overHttp2, overHttp1);
  assert.equal(overHttp1.services.s3, 'running');
});

test('what is not emulated is refused by name in the words of each protocol', async () => {
  // AWS JSON 1.1 and 1.0, query with XML, REST-JSON: the SDK reads code and message from each form.
  const refused = [
    await failure(new KMSClient(settings()).send(new DescribeKeyCommand({ KeyId: 'none' }))),
    await failure(
      new KMSClient(settings()).send(new EncryptCommand({ KeyId: 'k', Plaintext: Buffer.of(1) })),
    ),
    await failure(
      new CloudWatchClient(settings()).send(
        new PutAnomalyDetectorCommand({ Namespace: 'n', MetricName: 'm', Stat: 'Sum' }),
      ),
    ),
    await failure(new IAMClient(settings()).send(new CreateUserCommand({ UserName: 'u' }))),
    await failure(new LambdaClient(settings()).send(new ListLayersCommand({}))),
  ];

  assert.deepEqual(
    refused.map(({ name, status }) => [name, status]),
    [
      ['NotFoundException', 400],
      ['NotImplementedException', 501],
      ['NotImplementedException', 501],
      ['NotImplementedException', 501],
      ['NotImplementedException', 501],
    ],
  );
  assert.match(refused[1]?.message ?? '', /Encrypt/);
  assert.match(refused[2]?.message ?? '', /PutAnomalyDetector/);
  assert.match(refused[3]?.message ?? '', /CreateUser/);
  assert.match(refused[4]?.message ?? '', /layers/);
});

test('a request in CBOR, or in the older query protocol, is answered in words that say so', async () => {
  const ask = async (headers: Record<string, string>, body: string) => {
    const scope = 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/monitoring/aws4_request, Signature=0';
    const answer = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: { authorization: scope, ...headers },
      body,
    });
    return { status: answer.status, text: await answer.text() };
  };

  const cbor = await ask(
    { 'x-amz-target': 'Kinesis_20131202.ListStreams', 'content-type': 'application/x-amz-cbor-1.1' },
    '',
  );
  const query = await ask(
    { 'content-type': 'application/x-www-form-urlencoded' },
    'Action=PutAnomalyDetector',
  );

  assert.equal(cbor.status, 501);
  assert.match(cbor.text, /CBOR/);
  assert.equal(query.status, 501);
  assert.match(query.text, /^<\?xml.*<Code>NotImplementedException<\/Code>/s);
});

test('a service that is not here is refused by name, in the protocol of whoever asks', async () => {
  const ask = async (
    service: string,
    init: RequestInit & { headers?: Record<string, string> },
    path = '/',
  ) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, Signature=0`;
    const answer = await fetch(`${cloud.endpoint}${path}`, {
      ...init,
      headers: { authorization, ...init.headers },
    });
    const type = answer.headers.get('content-type');
    return { status: answer.status, type, text: await answer.text() };
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const target = (name: string, version: string) => ({
    'x-amz-target': name,
    'content-type': `application/x-amz-json-${version}`,
  });
  const post = (headers: Record<string, string>, body = '{}') => ({ method: 'POST', headers, body });

  const answers = {
    json: await ask('secretsmanager', post(target('secretsmanager.ListSecrets', '1.1'))),
    json10: await ask('states-x', post(target('Other.Thing', '1.0'))),
    query: await ask('elasticache', post(form, 'Action=DescribeCacheClusters')),
    ec2: await ask('ec2', post(form, 'Action=DescribeInstances')),
    restJson: await ask('elasticfilesystem', {}, '/2015-02-01/file-systems'),
    restXml: await ask('route53', {}, '/2013-04-01/hostedzone'),
    cbor: await ask(
      'crosswalk',
      post({ 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' }),
      '/service/Crosswalk/operation/List',
    ),
    known: await ask('ssm', post(target('AmazonSSM.GetParameter', '1.1'))),
    sqsQuery: await ask('sqs', post(form, 'Action=ListQueues')),
  };

  const expected: Record<keyof typeof answers, [type: string, text: RegExp]> = {
    json: [
      'application/x-amz-json-1.1',
      /^\{"__type":"NotImplementedException","message":"[^"]*the service secretsmanager\./,
    ],
    json10: ['application/x-amz-json-1.0', /the service states-x\./],
    query: ['text/xml', /<ErrorResponse.*<Code>NotImplementedException<.*the service elasticache\./s],
    ec2: [
      'text/xml',
      /<Response><Errors><Error><Code>NotImplementedException<.*the service ec2\..*<RequestID>/s,
    ],
    restJson: ['application/json', /^\{"message":"[^"]*the service elasticfilesystem\./],
    restXml: ['text/xml', /<ErrorResponse.*the service route53\./s],
    cbor: ['application/cbor', /__type.*NotImplementedException.*the CBOR protocol .* of crosswalk\./s],
    known: ['application/x-amz-json-1.1', /the service ssm\./],
    sqsQuery: ['text/xml', /the query protocol \(clients speak JSON\) of sqs\./],
  };
  for (const [name, [type, text]] of Object.entries(expected)) {
    const answer = answers[name as keyof typeof answers];
    assert.equal(answer.status, 501, name);
    assert.equal(answer.type, type, name);
    assert.match(answer.text, text, name);
  }
});

test('a role’s credentials name the role; expired and foreign ones of this cloud’s kind are refused', async () => {
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
  const root = await new STSClient(settings()).send(new GetCallerIdentityCommand({}));
  const { Credentials } = await new STSClient(settings()).send(
    new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::000000000000:role/service/reader',
      RoleSessionName: 'me',
      DurationSeconds: 900,
    }),
  );
  const asRole = new STSClient(
    settings({
      accessKeyId: Credentials?.AccessKeyId as string,
      secretAccessKey: Credentials?.SecretAccessKey as string,
    }),
  );

  const reader = await asRole.send(new GetCallerIdentityCommand({}));
  await cloud.context.clock.advance(901_000);
  const expired = await failure(asRole.send(new GetCallerIdentityCommand({})));
  const foreign = await failure(
    new STSClient(settings({ accessKeyId: 'ASIAHWAAAAAAAAAAAAAA', secretAccessKey: 'x' })).send(
      new GetCallerIdentityCommand({}),
    ),
  );

  assert.equal(root.Arn, 'arn:aws:iam::000000000000:root');
  assert.equal(reader.Arn, 'arn:aws:sts::000000000000:assumed-role/reader/me');
  assert.deepEqual([expired.name, expired.status], ['ExpiredTokenException', 403]);
  assert.deepEqual([foreign.name, foreign.status], ['UnrecognizedClientException', 403]);
});

test('the clock only moves ahead, by request, and stays there after a restart', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-clock-'));
  const first = await startCloud({ stateDir: dir, port: 0 });
  const advance = (body: string) => fetch(`${first.endpoint}/_headwaters/clock`, { method: 'POST', body });

  const moved = await advance('{"advanceSeconds": 86400}');
  const back = await advance('{"advanceSeconds": -1}');
  await first.stop();
  const second = await startCloud({ stateDir: dir, port: 0 });
  const aheadMs = second.context.clock.now() - Date.now();
  await second.stop();

  assert.equal(moved.status, 200);
  assert.equal(back.status, 400);
  assert.ok(aheadMs > 86_000_000 && aheadMs <= 86_400_000, `${aheadMs} ms ahead`);
  await rm(dir, { recursive: true });
});

test('a path that cannot be decoded is the caller’s mistake', async () => {
  const scope = (service: string) => `X-Amz-Credential=test/20260101/us-east-1/${service}/aws4_request`;
  const paths = [
    '/%zz/key',
    `/v2/apis/%zz?${scope('apigateway')}`,
    `/2015-03-31/functions/%ff?${scope('lambda')}`,
  ];

  const answers = await Promise.all(paths.map((path) => fetch(cloud.endpoint + path)));

  assert.deepEqual(
    answers.map(({ status }) => status),
    [400, 400, 400],
  );
});

test('a client that breaks off its request is not a failure of the cloud', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-broken-off-'));
  const lines: string[] = [];
  const other = await startCloud({ stateDir: dir, port: 0, log: (line) => lines.push(line) });
  const socket = connect(Number(new URL(other.endpoint).port), '127.0.0.1');
  await new Promise((resolve) =>
    socket.write(
      'POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: AWSGlue.GetDatabases\r\ncontent-length: 9\r\n\r\n{',
      resolve,
    ),
  );

  // The answer to this comes when the request before was read as far as it goes.
  await fetch(`${other.endpoint}/_localstack/health`);
  socket.resetAndDestroy();
  await once(socket, 'close');
  await other.stop();

  assert.deepEqual(lines, []);
  await rm(dir, { recursive: true });
});

test('a page from elsewhere, open in a browser, cannot use the cloud’s own addresses', async () => {
  const ask = (origin: string) => fetch(`${cloud.endpoint}/_headwaters/clock`, { headers: { origin } });

  const foreign = await ask('https://example.com');
  const own = await ask(cloud.endpoint);

  assert.deepEqual([foreign.status, own.status], [403, 200]);
});

test('a state folder belongs to one cloud at a time, and a second one is refused with whose it is', async () => {
  await assert.rejects(startCloud({ stateDir, port: 0 }), {
    name: 'StateDirInUseError',
    pid: process.pid,
    message: new RegExp(`process ${process.pid} at ${cloud.endpoint}`),
  });
});

test('a state folder of another format is refused before anything reads it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-format-'));
  await writeFile(join(dir, 'format.json'), '{"format": 99}');

  await assert.rejects(startCloud({ stateDir: dir, port: 0 }), {
    name: 'StateFormatError',
    message: /has format 99/,
  });

  await rm(dir, { recursive: true });
});

test('a port that is taken leaves the state folder free', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-port-'));
  const port = Number(new URL(cloud.endpoint).port);

  await assert.rejects(startCloud({ stateDir: dir, port }), { code: 'EADDRINUSE' });
  const other = await startCloud({ stateDir: dir, port: 0 });

  await other.stop();
  await rm(dir, { recursive: true });
});

test('what the services do is metered', async () => {
  await cloud.call('s3', 'ListBuckets', {});

  const { meters } = JSON.parse(await (await fetch(`${cloud.endpoint}/_headwaters/meters`)).text());

  assert.ok(
    meters.some(
      (meter: { service: string; operation: string }) =>
        meter.service === 's3' && meter.operation === 'ListBuckets',
    ),
  );
});
