/** By the clock: every bronze object of the last days gets the ledger row that its writer could not write any more. */

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { streams } from '../../lib/model/layout.ts';
import { putLedgerRow } from '../shared/bronzeObjects.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { metricLine } from '../shared/metrics.ts';
import { type ListedObject, lastDays, type SweepPorts, sweep } from './logic.ts';

/** A stream keeps records a week at most, so an object of an older hour was written long ago. */
const DAYS_SWEPT = 8;

const study = deployedStudy();
const s3 = new S3Client({});
const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient({}));
const bucket = environment('LAKE_BUCKET');
const ledgerTable = environment('LEDGER_TABLE');

const ports: SweepPorts = {
  async *list(prefix): AsyncIterable<ListedObject> {
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        yield { key: Key!, bytes: Size ?? 0, lastModifiedMs: LastModified!.getTime() };
      }
    }
  },
  async ledgerKeys(pk) {
    const keys = new Set<string>();
    const query = {
      TableName: ledgerTable,
      KeyConditionExpression: 'pk = :pk',
      ProjectionExpression: 'sk',
      ExpressionAttributeValues: { ':pk': pk },
      ConsistentRead: true,
    };
    for await (const page of paginateQuery({ client: dynamo }, query)) {
      for (const item of page.Items ?? []) keys.add(item.sk as string);
    }
    return keys;
  },
  async read(key) {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return object.Body!.transformToByteArray();
  },
  put: (row) => putLedgerRow({ dynamo, ledgerTable }, row),
};

export async function handler(): Promise<{ added: string[] }> {
  const nowMs = Date.now();
  const added = await sweep(ports, {
    study: study.name,
    streams,
    days: lastDays(nowMs, DAYS_SWEPT),
    nowMs,
    minutesBeforeSwept: Number(environment('MINUTES_BEFORE_SWEPT')),
  });
  console.log(metricLine(study.name, { metrics: { LedgerRowsSwept: added.length } }, nowMs));
  return { added };
}
