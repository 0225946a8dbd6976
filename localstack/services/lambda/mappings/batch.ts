/** Works off one batch of a stream: invoked, checkpointed, retried, bisected or discarded, in Lambda's order of rules. */
import type { Invocation, MappingRecord } from '../types.ts';

/** A record on its way through a mapping. */
export interface StreamRecord {
  readonly sequence: string;
  /** Records with the same key keep their order under a parallelization factor. */
  readonly key: string;
  readonly arrivedAtMs: number;
  /** Its place in the event, as JSON text. */
  readonly json: string;
  /** Length of `json` in bytes. */
  readonly bytes: number;
  done: boolean;
}

export type DiscardReason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface Discarded {
  readonly records: readonly StreamRecord[];
  readonly condition: DiscardReason;
  readonly invokeCount: number;
  /** Of the last invocation; absent when there was none. */
  readonly requestId?: string;
  readonly functionError?: string | null;
}

export interface BatchSteps {
  /** Throws when the invocation could not begin (throttled, function gone). */
  invoke(records: readonly StreamRecord[]): Promise<Invocation>;
  /** The first of the records that are left are done with, in order. */
  finished(records: readonly StreamRecord[]): void;
  discard(discarded: Discarded): Promise<void>;
  /** Waits before the retry with this number, counted from 0; throws when the mapping was stopped. */
  backOff(retry: number): Promise<void>;
  /** Is called with an invocation that could not begin. */
  refused(error: Error): void;
  now(): number;
}

export type BatchRules = Pick<
  MappingRecord,
  'reportBatchItemFailures' | 'bisectOnError' | 'maximumRetryAttempts'
> & {
  /** Records older than this are discarded. */
  readonly longestAgeMs: number;
};

interface Piece {
  readonly records: readonly StreamRecord[];
  /** Failures that count against the retry quota; splitting does not. */
  readonly failures: number;
  readonly invokeCount: number;
  readonly last?: Invocation;
}

/**
 * Works a batch off, in order. Source: AWS Lambda Developer Guide, "Processing and error handling for Kinesis" and
 * "Configuring partial batch response with Kinesis Data Streams and Lambda".
 */
export async function workOff(
  batch: readonly StreamRecord[],
  rules: BatchRules,
  steps: BatchSteps,
): Promise<void> {
  const pieces: Piece[] = [{ records: batch, failures: 0, invokeCount: 0 }];
  let retry = 0;
  for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
    const expired = piece.records.findIndex(
      ({ arrivedAtMs }) => steps.now() - arrivedAtMs <= rules.longestAgeMs,
    );
    const old = expired < 0 ? piece.records : piece.records.slice(0, expired);
    if (old.length > 0) {
      await steps.discard({
        records: old,
        condition: 'RecordAgeExceeded',
        invokeCount: piece.invokeCount,
        requestId: piece.last?.requestId,
      });
      steps.finished(old);
      if (old.length < piece.records.length) {
        pieces.unshift({ ...piece, records: piece.records.slice(old.length) });
      }
      continue;
    }

    let invocation: Invocation;
    try {
      invocation = await steps.invoke(piece.records);
    } catch (error) {
      steps.refused(error as Error);
      await steps.backOff(retry++);
      pieces.unshift(piece);
      continue;
    }

    const firstFailed = firstFailure(invocation, piece.records, rules.reportBatchItemFailures);
    if (firstFailed > 0) steps.finished(piece.records.slice(0, firstFailed));
    const left = piece.records.slice(firstFailed);
    if (left.length === 0) {
      retry = 0;
      continue;
    }

    const invokeCount = piece.invokeCount + 1;
    const same = { failures: piece.failures, invokeCount, last: invocation };
    if (rules.bisectOnError && firstFailed > 0) pieces.unshift({ ...same, records: left });
    else if (rules.bisectOnError && left.length > 1) {
      const half = Math.floor(left.length / 2);
      pieces.unshift({ ...same, records: left.slice(0, half) }, { ...same, records: left.slice(half) });
    } else {
      const failures = piece.failures + 1;
      if (rules.maximumRetryAttempts >= 0 && failures > rules.maximumRetryAttempts) {
        await steps.discard({
          records: left,
          condition: 'RetryAttemptsExhausted',
          invokeCount,
          requestId: invocation.requestId,
          functionError: invocation.functionError ?? null,
        });
        steps.finished(left);
        retry = 0;
        continue;
      }
      pieces.unshift({ ...same, records: left, failures });
    }
    await steps.backOff(retry++);
  }
}

/**
 * Index of the first record that has to be retried: the batch's length when all went well, 0 when the whole batch
 * failed. An answer that names no record of the batch fails all of it.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html
 */
export function firstFailure(
  invocation: Pick<Invocation, 'functionError' | 'payload'>,
  records: readonly { readonly sequence: string }[],
  reportBatchItemFailures: boolean,
): number {
  if (invocation.functionError) return 0;
  if (!reportBatchItemFailures) return records.length;
  const failed = failedItems(invocation.payload);
  if (failed === undefined) return 0;
  const indices = failed.map((identifier) => records.findIndex(({ sequence }) => sequence === identifier));
  return Math.min(records.length, ...indices.map((index) => Math.max(0, index)));
}

/**
 * The item identifiers of a partial batch response; undefined when the response is not one, or an identifier is
 * missing, empty or not text, which fails the whole batch. Empty and null responses name no item.
 */
export function failedItems(payload: Buffer): string[] | undefined {
  const text = payload.toString('utf8');
  if (text === '' || text === 'null' || text === '""') return [];
  const response = JSON.parse(text) as { batchItemFailures?: unknown };
  if (typeof response !== 'object') return undefined;
  const failures = response.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return undefined;
  const identifiers = failures.map((failure) => failure?.itemIdentifier);
  return identifiers.every((identifier) => typeof identifier === 'string' && identifier !== '')
    ? identifiers
    : undefined;
}
