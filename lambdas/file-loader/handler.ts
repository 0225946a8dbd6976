/** Landed files → bronze: one message of the queue names one object of the landing bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CopyObjectCommand, GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, S3Event, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type DeliveredFile, receive, unpack } from '../../lib/formats/delivered.ts';
import { limits } from '../../lib/formats/limits.ts';
import { fromMetadata } from '../../lib/model/contract/fileSettings.ts';
import { deliveredKey } from '../../lib/model/run/bronze.ts';
import { bronzeStudy, type Lake, storeBronzeObject, storeQuarantine } from '../shared/bronzeObjects.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { metricLine } from '../shared/metrics.ts';
import {
  type Delivery,
  isWanted,
  type LoaderPorts,
  type LoadResult,
  loadFile,
  type RegistryEntry,
  sourceOf,
} from './logic.ts';

const study = deployedStudy();
const laidOut = bronzeStudy(study);
const lake: Lake = {
  s3: new S3Client({}),
  dynamo: DynamoDBDocumentClient.from(new DynamoDBClient({}), {
    marshallOptions: { removeUndefinedValues: true },
  }),
  bucket: environment('LAKE_BUCKET'),
  ledgerTable: environment('LEDGER_TABLE'),
  now: Date.now,
};

export async function handler(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
  const failures: string[] = [];
  for (const message of event.Records) {
    try {
      // S3 sends a test message without records when the notification is made.
      for (const { s3, eventTime } of (JSON.parse(message.body) as Partial<S3Event>).Records ?? []) {
        const landed = {
          bucket: s3.bucket.name,
          key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
          at: new Date(eventTime).toISOString(),
        };
        await load(landed, () => context.getRemainingTimeInMillis());
      }
    } catch (error) {
      console.error(`Message ${message.messageId} goes back to the queue`, error);
      failures.push(message.messageId);
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}

interface Landed {
  readonly bucket: string;
  readonly key: string;
  /** ISO, UTC, ms. */
  readonly at: string;
}

async function load(landed: Landed, remainingMs: () => number): Promise<void> {
  const { bucket, key } = landed;
  const source = sourceOf(study.name, key);
  if (!source) {
    console.warn(`${key} is not under ${study.name}/<source>/; it is left where it is`);
    return;
  }
  const dir = await mkdtemp(join(tmpdir(), 'headwaters-file-'));
  try {
    const object = await lake.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const file = await receive(key.slice(key.lastIndexOf('/') + 1), object.Body as Readable, dir);
    const contract = study.sources.find(({ name }) => name === source);
    const delivery: Delivery = {
      study: laidOut,
      key,
      source,
      contract,
      settings: settingsOf(object.Metadata ?? {}),
      arrivedAt: landed.at,
    };
    const ports = portsFor(file, source, { ...landed, etag: object.ETag }, remainingMs);
    for await (const unpacked of unpack(file, dir, isWanted(delivery))) {
      if ('isPassedOver' in unpacked) console.log(JSON.stringify({ key, ...unpacked }));
      else report(key, await loadFile(ports, delivery, unpacked, dir));
    }
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    console.warn(`${key} was taken away before it could be loaded`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function settingsOf(metadata: Readonly<Record<string, string>>): Delivery['settings'] {
  try {
    return fromMetadata(metadata);
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

function portsFor(
  file: DeliveredFile,
  source: string,
  landed: Landed & { readonly etag: string | undefined },
  remainingMs: () => number,
): LoaderPorts {
  let kept: Promise<string | undefined> | undefined;
  return {
    async entry(key) {
      const found = await lake.dynamo.send(
        new GetCommand({ TableName: lake.ledgerTable, Key: key, ConsistentRead: true }),
      );
      return found.Item as RegistryEntry | undefined;
    },
    async register(entry) {
      await lake.dynamo.send(new PutCommand({ TableName: lake.ledgerTable, Item: entry }));
    },
    keep() {
      kept ??= keep(file, source, landed);
      return kept;
    },
    store: (object) => storeBronzeObject(lake, object),
    quarantine: (object) => storeQuarantine(lake, object),
    now: lake.now,
    remainingMs,
  };
}

/** Copies the very bytes that were read; a file that is too large for it stays in the landing bucket. */
async function keep(
  file: DeliveredFile,
  source: string,
  { bucket, key, etag }: Landed & { readonly etag: string | undefined },
): Promise<string | undefined> {
  if (file.bytes > limits.fileBytes) return undefined;
  const kept = deliveredKey(study.name, source, file.sha256, file.name);
  await lake.s3.send(
    new CopyObjectCommand({
      Bucket: lake.bucket,
      Key: kept,
      CopySource: `${bucket}/${encodeURIComponent(key)}`,
      CopySourceIfMatch: etag,
    }),
  );
  return kept;
}

function report(key: string, result: LoadResult): void {
  console.log(JSON.stringify({ key, ...result }));
  console.log(
    metricLine(
      study.name,
      {
        metrics: { FilesRefused: result.state === 'refused' ? 1 : 0 },
        more: { RowsToBronze: result.state === 'loaded' ? result.rows : 0, RowsRefused: result.refusedRows },
      },
      lake.now(),
    ),
  );
}
