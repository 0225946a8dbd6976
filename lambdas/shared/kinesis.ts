/** Puts events on the stream: in requests of the allowed size, repeating only what a request left out. */
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';

export interface StreamEntry {
  readonly partitionKey: string;
  readonly bytes: Uint8Array;
}

export type PutOutcome =
  | { readonly stored: true; readonly shard: string; readonly sequenceNumber: string }
  | { readonly stored: false; readonly code: string; readonly message: string };

/** Limits of PutRecords: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
const MAX_ENTRIES = 500;
export const MAX_REQUEST_BYTES = 5 * 2 ** 20;
export const MAX_RECORD_BYTES = 2 ** 20;

const TRIES = 5;
const FIRST_PAUSE_MS = 50;

export interface Putting {
  readonly kinesis: Pick<KinesisClient, 'send'>;
  readonly streamName: string;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Cuts entries into runs that one request may carry; indexes into `entries`. */
export function requestsOf(entries: readonly StreamEntry[]): number[][] {
  const requests: number[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  entries.forEach((entry, index) => {
    const size = entry.bytes.byteLength + Buffer.byteLength(entry.partitionKey);
    const current = requests.at(-1);
    if (current && current.length < MAX_ENTRIES && bytes + size <= MAX_REQUEST_BYTES) {
      current.push(index);
      bytes += size;
    } else {
      requests.push([index]);
      bytes = size;
    }
  });
  return requests;
}

/**
 * Puts every entry and tells the fate of each, in the entries' order. An entry that the stream leaves out is tried five
 * times with growing pauses; what is not stored then says why. A request that fails as a whole counts for its entries.
 */
export async function putEntries(putting: Putting, entries: readonly StreamEntry[]): Promise<PutOutcome[]> {
  const outcomes: PutOutcome[] = [];
  let open = entries.map((_entry, index) => index);
  for (let attempt = 0; attempt < TRIES && open.length > 0; attempt++) {
    if (attempt > 0) await putting.sleep(FIRST_PAUSE_MS * 2 ** attempt);
    const tried = open;
    const requests = requestsOf(tried.map((index) => entries[index]!)).map((run) =>
      run.map((at) => tried[at]!),
    );
    for (const request of requests) await putRequest(putting, entries, request, outcomes);
    open = tried.filter((index) => !outcomes[index]!.stored);
  }
  return outcomes;
}

async function putRequest(
  { kinesis, streamName }: Putting,
  entries: readonly StreamEntry[],
  request: readonly number[],
  outcomes: PutOutcome[],
): Promise<void> {
  const Records = request.map((index) => ({
    PartitionKey: entries[index]!.partitionKey,
    Data: entries[index]!.bytes,
  }));
  try {
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName: streamName, Records }));
    request.forEach((index, at) => {
      const { ErrorCode, ErrorMessage, ShardId, SequenceNumber } = answer.Records?.[at] ?? {};
      outcomes[index] =
        ShardId && SequenceNumber
          ? { stored: true, shard: ShardId, sequenceNumber: SequenceNumber }
          : {
              stored: false,
              code: ErrorCode ?? 'InternalFailure',
              message: ErrorMessage ?? 'no answer for the record',
            };
    });
  } catch (error) {
    const { name, message } = error as Error;
    for (const index of request) outcomes[index] = { stored: false, code: name, message };
  }
}
