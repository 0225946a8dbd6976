/** Hash keys: the 128-bit number that decides a record's shard, as 32 hex digits, which compare as text as they do as numbers. */
import { hash } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';

const LARGEST_HASH_KEY = 2n ** 128n - 1n;

export const hexOf = (hashKey: bigint) => hashKey.toString(16).padStart(32, '0');

/** https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html#partition-key */
export const hashOfPartitionKey = (partitionKey: string) => hash('md5', partitionKey, 'hex');

/** Throws `InvalidArgumentException` unless the text is a decimal number of at most 128 bits. */
export function parseHashKey(text: string, name: string): bigint {
  const value = /^(0|[1-9]\d{0,38})$/.test(text) ? BigInt(text) : undefined;
  if (value === undefined || value > LARGEST_HASH_KEY)
    throw new AwsError(
      'InvalidArgumentException',
      `Invalid ${name}. ${name} must be in the range: [0, 2^128-1]. Specified value was ${text}`,
    );
  return value;
}

/** `count` ranges of equal width that together cover every hash key. */
export const uniformRanges = (count: number): Array<{ start: bigint; end: bigint }> => {
  const width = (LARGEST_HASH_KEY + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    start: width * BigInt(index),
    end: index === count - 1 ? LARGEST_HASH_KEY : width * BigInt(index + 1) - 1n,
  }));
};
