/** Shard iterators: opaque texts that say where in which shard reading goes on, good for five minutes. */
import { AwsError } from '../../core/errors.ts';

export interface IteratorState {
  readonly stream: string;
  /** Tells a stream from an earlier one of the same name. */
  readonly streamCreatedMs: number;
  readonly shard: string;
  /** The position of the next record. */
  readonly position: number;
  readonly madeMs: number;
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
const LIFETIME_MS = 300_000;

export const encodeIterator = ({ stream, streamCreatedMs, shard, position, madeMs }: IteratorState): string =>
  Buffer.from(JSON.stringify([stream, streamCreatedMs, shard, position, madeMs])).toString('base64');

/** Throws `InvalidArgumentException` for a text that is not an iterator, `ExpiredIteratorException` for an old one. */
export function decodeIterator(text: string, nowMs: number): IteratorState {
  const [stream, streamCreatedMs, shard, position, madeMs] = parse(text);
  if (nowMs - madeMs > LIFETIME_MS)
    throw new AwsError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${new Date(madeMs).toISOString()} while right now it is ` +
        `${new Date(nowMs).toISOString()} which is further in the future than the tolerated delay of ${LIFETIME_MS} milliseconds.`,
    );
  return { stream, streamCreatedMs, shard, position, madeMs };
}

function parse(text: string): [string, number, string, number, number] {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64').toString('utf8'));
  } catch (cause) {
    throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.', { cause });
  }
  if (
    !Array.isArray(value) ||
    value.map((part) => typeof part).join() !== 'string,number,string,number,number'
  )
    throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.');
  return value as [string, number, string, number, number];
}
