/** Makes of a stream's record what bronze keeps of it, with the verdict of the study's judge. */

import { createJudge, type Sources } from '../contract/judge.ts';
import { type BronzeLine, type BronzeRecord, base64, detailText } from './bronze.ts';

export interface StreamRecord {
  readonly stream: string;
  readonly shard: string;
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch: the approximate arrival timestamp that the stream gave it. */
  readonly arrivedAtMs: number;
  readonly partitionKey?: string;
  readonly bytes: Uint8Array;
}

/** ISO texts repeat within a batch, and building one costs more than the rest of a line's small fields. */
function isoMemory(): (ms: number) => string {
  let lastMs = Number.NaN;
  let lastText = '';
  return (ms) => {
    if (ms !== lastMs) {
      lastMs = ms;
      lastText = new Date(ms).toISOString();
    }
    return lastText;
  };
}

/** Makes of each record what bronze keeps of it, by a study's judge. */
export function createRecordMaker(study: Sources): (record: StreamRecord) => BronzeRecord {
  const judge = createJudge(study);
  const iso = isoMemory();

  return (record) => {
    const judgement = judge(record.bytes, record.arrivedAtMs);
    const { event, dataText } = judgement;
    const refusal = judgement.valid ? undefined : judgement.refusal;
    const line: BronzeLine = {
      stream: record.stream,
      shard: record.shard,
      sequence_number: record.sequenceNumber,
      arrived_at: iso(record.arrivedAtMs),
      partition_key: record.partitionKey,
      source: judgement.source?.name,
      verdict: refusal ? 'refused' : 'valid',
      rule: refusal?.rule,
      rule_path: refusal?.path,
      rule_detail: refusal && detailText(refusal.message),
      event_id: event?.id,
      event_source: event?.source,
      event_type: event?.type,
      event_time: event?.time,
      event_subject: event?.subject,
      event_schema: event?.dataschema,
      data: dataText,
      raw_base64: event ? undefined : base64(record.bytes),
    };
    return judgement.valid ? { line, payload: judgement.event.data as BronzeRecord['payload'] } : { line };
  };
}
