/** What the stream page shows. */
import type {
  DecodedRecord,
  StreamConsumer,
  StreamMinute,
  StreamShard,
  StreamState,
} from '../../../lake/stream.ts';

export type { DecodedRecord, StreamConsumer, StreamMinute, StreamShard };

export interface StreamAnswer extends StreamState {
  /** The lake's time of the answer, ISO 8601. */
  readonly at: string;
  /** Records of each source in the last run, by its books; empty before the first. */
  readonly sources: readonly {
    readonly source: string;
    readonly records: number;
    readonly quarantined: number;
  }[];
}

export interface RecordsAnswer {
  readonly records: readonly DecodedRecord[];
  /** How far the end of the page is from the newest record, ms. */
  readonly behindMs: number;
}

/** Records on a page. */
export const PAGE = 25;
