/** The hot path: a batch of the stream judged and laid out as bronze objects, without touching AWS. */

import type { KinesisStreamRecord } from 'aws-lambda';
import { EVENTS } from '../../lib/model/layout.ts';
import type { createRecordMaker } from '../../lib/model/run/bronzeRecord.ts';
import {
  type BronzeObject,
  type BronzeStudy,
  bronzeObjects,
  type JudgedRecord,
} from '../shared/bronzeObjects.ts';

/** `shardId-000000000000:4954…` → `shardId-000000000000`. */
const shardOf = (eventId: string) => eventId.slice(0, eventId.indexOf(':'));

/** Every record of the batch is in exactly one of the objects, whatever its bytes are. */
export function layOutBatch(
  study: BronzeStudy,
  judge: ReturnType<typeof createRecordMaker>,
  records: readonly KinesisStreamRecord[],
): BronzeObject[] {
  const judged = records.map((delivered): JudgedRecord => {
    const { kinesis } = delivered;
    const bytes = Buffer.from(kinesis.data, 'base64');
    const record = judge({
      stream: EVENTS,
      shard: shardOf(delivered.eventID),
      sequenceNumber: kinesis.sequenceNumber,
      arrivedAtMs: Math.round(kinesis.approximateArrivalTimestamp * 1000),
      partitionKey: kinesis.partitionKey,
      bytes,
    });
    return { ...record, bytes: () => bytes };
  });
  return bronzeObjects(study, judged);
}

export interface Totals {
  readonly records: number;
  readonly valid: number;
  readonly refused: number;
  readonly bytes: number;
}

export const totalsOf = (objects: readonly BronzeObject[]): Totals =>
  objects.reduce(
    (sum, { counts }) => ({
      records: sum.records + counts.records,
      valid: sum.valid + counts.valid,
      refused: sum.refused + counts.refused,
      bytes: sum.bytes + counts.bytes,
    }),
    { records: 0, valid: 0, refused: 0, bytes: 0 },
  );

/**
 * Stores the objects in their order. When one fails after others were stored, the batch goes on from its first record:
 * Lambda's checkpoint is the lowest sequence number reported. When the first fails, the whole batch does.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export async function storeInOrder(
  objects: readonly BronzeObject[],
  store: (object: BronzeObject) => Promise<void>,
): Promise<{ stored: BronzeObject[]; failure?: { sequenceNumber: string; cause: unknown } }> {
  const stored: BronzeObject[] = [];
  for (const object of objects) {
    try {
      await store(object);
    } catch (cause) {
      if (stored.length === 0) throw cause;
      return { stored, failure: { sequenceNumber: object.place.first, cause } };
    }
    stored.push(object);
  }
  return { stored };
}
