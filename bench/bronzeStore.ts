/** Simulated events stored straight as bronze objects, by the bronze writer's own code: millions of them in a minute or two. */
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { landFile } from '../lake/feed/landing.ts';
import { simulate } from '../lake/feed/simulation.ts';
import type { Lake } from '../lake/lake.ts';
import {
  type Lake as BronzeLake,
  bronzeObjects,
  bronzeStudy,
  storeBronzeObject,
} from '../lambdas/shared/bronzeObjects.ts';
import { createRecordMaker } from '../lib/model/run/bronzeRecord.ts';
import { loadStudy } from '../lib/model/study/study.ts';
import { anyone } from './measure.ts';
import { root } from './targets.ts';

export const EVENTS_AN_OBJECT = 10_000;
const SHARDS = 4;
const NO_FAULTS = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };

/** One simulation. */
export interface Simulated {
  readonly seed: number;
  readonly events: number;
  /** Days before the arrival in which they happened. */
  readonly days: number;
  /** Milliseconds since the epoch. */
  readonly arrivedAtMs: number;
}

/** Where simulations are stored, and how many events of the stream and bytes of bronze that has made so far. */
export interface BronzeStore {
  store(simulated: Simulated): Promise<void>;
  readonly stored: () => { readonly events: number; readonly bytes: number };
}

/** @param before what was stored by another store of the same lake: sequence numbers go on from there */
export function bronzeStore(lake: Lake, before = { events: 0, bytes: 0 }): BronzeStore {
  const { clients, names } = lake.target;
  const config = { ...anyone, endpoint: lake.target.localCloud!.endpoint };
  const study = loadStudy(join(root, 'sql', 'amazon'));
  const judge = createRecordMaker(study);
  const laidOut = bronzeStudy(study);
  const bronze: BronzeLake = {
    s3: new S3Client({ ...config, forcePathStyle: true }),
    dynamo: DynamoDBDocumentClient.from(new DynamoDBClient(config), {
      marshallOptions: { removeUndefinedValues: true },
    }),
    bucket: names.bucket('lake'),
    ledgerTable: names.ledger,
    now: Date.now,
  };
  let { events, bytes } = before;
  return {
    stored: () => ({ events, bytes }),
    async store({ seed, events: count, days, arrivedAtMs }) {
      const options = { seed, events: count, days, rates: NO_FAULTS };
      const { files, records } = await simulate(lake.studies, 'amazon', options, arrivedAtMs);
      for (const { source, name, body } of files)
        await landFile({ clients, names }, 'amazon', {
          contract: lake.studies.find('amazon').sources.find((contract) => contract.name === source)!,
          name: `${seed}-${name}`,
          content: { body },
          settings: {},
        });
      for (let first = 0; first < records.length; first += EVENTS_AN_OBJECT) {
        const shard = `shardId-${String((first / EVENTS_AN_OBJECT) % SHARDS).padStart(12, '0')}`;
        const judged = records.slice(first, first + EVENTS_AN_OBJECT).map(({ bytes, partitionKey }) => ({
          ...judge({
            stream: 'events',
            shard,
            sequenceNumber: `49${String(events++).padStart(54, '0')}`,
            arrivedAtMs,
            partitionKey,
            bytes,
          }),
          bytes: () => bytes,
        }));
        for (const object of bronzeObjects(laidOut, judged)) {
          bytes += object.body.byteLength;
          await storeBronzeObject(bronze, object);
        }
      }
    },
  };
}
