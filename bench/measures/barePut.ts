/** The same puts without the SDK: over one kept-alive connection, so that the endpoint is measured and not its client. */
import { Agent, request } from 'node:http';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { anyone, type Measure, type Target } from '../measure.ts';
import { endpoints } from '../targets.ts';

const PUTS = 3_000;

const common = {
  rounds: 5,
  method: `${PUTS.toLocaleString('en-US')} requests as the SDK writes them, one after the other over one connection of node:http. AWS's SDK itself takes about half a millisecond of the client's core a request, which the measures through it include on both sides.`,
} as const;

export const dynamodbPutBare: Measure = {
  ...common,
  name: 'dynamodb-put-bare',
  title: 'DynamoDB PutItem, one connection, without the SDK',
  unit: 'items/s',
  goal: '≥ 4,000',
  contestants: endpoints(async ({ endpoint }, round) => {
    const TableName = `bench-bare-${round}`;
    const dynamodb = new DynamoDBClient({ ...anyone, endpoint });
    await dynamodb.send(
      new CreateTableCommand({
        TableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    dynamodb.destroy();
    return puts({ endpoint }, (i) => ({
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.PutItem',
        authorization: credential('dynamodb'),
      },
      body: JSON.stringify({
        TableName,
        Item: { pk: { S: `item-${i}` }, amount: { N: String(i) }, note: { S: 'x'.repeat(100) } },
      }),
    }));
  }),
};

export const s3PutBare: Measure = {
  ...common,
  name: 's3-put-bare',
  title: 'S3 PutObject of 1 KB, one connection, without the SDK',
  unit: 'objects/s',
  goal: '≥ 1,500',
  contestants: endpoints(async ({ endpoint }, round) => {
    const Bucket = `bench-bare-${round}`;
    const s3 = new S3Client({ ...anyone, endpoint, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket }));
    s3.destroy();
    const body = 'x'.repeat(1024);
    return puts({ endpoint }, (i) => ({
      method: 'PUT',
      path: `/${Bucket}/object-${i}`,
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', authorization: credential('s3') },
      body,
    }));
  }),
};

/** Names the service as a signature does; no endpoint here checks the signature itself. */
const credential = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

interface Put {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

async function puts({ endpoint }: Pick<Target, 'endpoint'>, put: (i: number) => Put): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const startedAt = performance.now();
  for (let i = 0; i < PUTS; i++) await send(endpoint, agent, put(i));
  const seconds = (performance.now() - startedAt) / 1000;
  agent.destroy();
  return PUTS / seconds;
}

const send = (endpoint: string, agent: Agent, { method, path, headers, body }: Put) =>
  new Promise<void>((done, failed) => {
    const outgoing = request(`${endpoint}${path}`, {
      method,
      agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.on('error', failed);
    outgoing.on('response', (answer) => {
      answer.resume();
      answer.on('error', failed);
      answer.on('end', () =>
        answer.statusCode === 200 ? done() : failed(new Error(`${method} ${path}: ${answer.statusCode}`)),
      );
    });
    outgoing.end(body);
  });
