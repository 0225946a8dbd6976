/** Landed files → bronze: one message of the queue names one object of the landing bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type Lake, storeBronzeObject, storeQuarantine } from '../shared/bronzeObjects.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { metricLine } from '../shared/metrics.ts';
import { type Delivery, type LoaderPorts, loadFile, type RegistryEntry, sourceOf } from './logic.ts';
import { unpack } from './unpack.ts';

const study = deployedStudy();
const lake: Lake = {
  s3: new S3Client({}),
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  }),
  bucket: environment('LAKE_BUCKET'),
  ledgerTable: environment('LEDGER_TABLE'),
  now: Date.now,
};
const ports: LoaderPorts = {
  async entry(key) {
    const found = await lake.dynamo.send(
      new GetCommand({ TableName: lake.ledgerTable, Key: key, ConsistentRead: true }),
    );
    return found.Item as RegistryEntry | undefined;
  },
  async register(entry) {
    await lake.dynamo.send(new PutCommand({ TableName: lake.ledgerTable, Item: entry }));
  },
  store: (object) => storeBronzeObject(lake, object),
  quarantine: (object) => storeQuarantine(lake, object),
  now: lake.now,
};

export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures: string[] = [];
  for (const message of event.Records) {
    try {
      // S3 sends a test message without records when the notification is made.
      for (const { s3, eventTime } of (JSON.parse(message.body) as Partial<S3Event>).Records ?? []) {
        await load(s3.bucket.name, decodeURIComponent(s3.object.key.replaceAll('+', ' ')), eventTime);
      }
    } catch (error) {
      console.error(`Message ${message.messageId} goes back to the queue`, error);
      failures.push(message.messageId);
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

async function load(bucket: string, key: string, eventTime: string): Promise<void> {
  const source = sourceOf(study.name, key);
  if (!source) {
    console.warn(`${key} is not below ${study.name}/<source>/; it is left where it is`);
    return;
  }
  const delivery: Delivery = {
    study: study.name,
    key,
    source,
    contract: study.sources.find(({ name }) => name === source),
    arrivedAt: new Date(eventTime).toISOString(),
  };
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-file-'));
  try {
    for (const file of await unpack(key.slice(key.lastIndexOf('/') + 1), await bytesOf(bucket, key), dir)) {
      const result = await loadFile(ports, delivery, file);
      console.log(JSON.stringify({ key, ...result }));
      console.log(
        metricLine(
          study.name,
          {
            FilesRefused: [result.state === 'refused' ? 1 : 0, 'Count'],
            RowsToBronze: [result.state === 'loaded' ? result.rows : 0, 'Count'],
            RowsRefused: [result.refusedRows, 'Count'],
          },
          lake.now(),
        ),
      );
    }
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    console.warn(`${key} was taken away before it could be loaded`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function bytesOf(bucket: string, key: string): Promise<Readable> {
  const object = await lake.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return object.Body as Readable;
}
