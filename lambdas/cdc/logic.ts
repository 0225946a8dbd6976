/** Turns a batch of table changes into events for the stream, and finds where the batch has to go on. */
import type { DynamoDBRecord } from 'aws-lambda';
import type { Contract } from '../../lib/model/contract/contract.ts';
import { partitionKeyOf } from '../../lib/model/contract/partitionKey.ts';
import { changeToEvent, type TableChange } from '../../lib/model/study/oltp/capture.ts';
import type { OltpDesign } from '../../lib/model/study/oltp/design.ts';
import type { PutOutcome, StreamEntry } from '../shared/kinesis.ts';

export interface CapturedChange {
  /** Sequence number of the change in the table's stream. */
  readonly sequenceNumber: string;
  readonly entry: StreamEntry;
}

/** The changes that the design tells the lake about, in their order. */
export function captureChanges(
  design: OltpDesign,
  sources: readonly Contract[],
  records: readonly DynamoDBRecord[],
): CapturedChange[] {
  const contracts = new Map(sources.map((contract) => [contract.eventType, contract]));
  return records.flatMap((record) => {
    const event = changeToEvent(design, record as unknown as TableChange);
    if (!event) return [];
    const entry = {
      partitionKey: partitionKeyOf(contracts.get(event.type) ?? {}, event),
      bytes: Buffer.from(JSON.stringify(event)),
    };
    return [{ sequenceNumber: record.dynamodb!.SequenceNumber!, entry }];
  });
}

/**
 * The first change that the stream did not store: Lambda delivers the batch again from there. What was stored after it is
 * sent twice, as the same event.
 */
export const firstNotStored = (
  changes: readonly CapturedChange[],
  outcomes: readonly PutOutcome[],
): { readonly sequenceNumber: string; readonly why: string } | undefined => {
  const at = outcomes.findIndex(({ stored }) => !stored);
  const outcome = outcomes[at];
  return outcome && !outcome.stored
    ? { sequenceNumber: changes[at]!.sequenceNumber, why: `${outcome.code}: ${outcome.message}` }
    : undefined;
};
