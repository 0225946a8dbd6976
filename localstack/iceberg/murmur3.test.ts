/** Murmur3 against the vectors of Iceberg's specification. https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { murmur3 } from './murmur3.ts';
import { applyTransform, bindTransform } from './partition.ts';
import { encodeValue, parseValue } from './values.ts';

const VECTORS: [type: string, text: string, hash: number][] = [
  ['int', '34', 2017239379],
  ['long', '34', 2017239379],
  ['decimal(4, 2)', '14.20', -500754589],
  ['date', '2017-11-16', -653330422],
  ['time', '22:31:08', -662762989],
  ['timestamp', '2017-11-16T22:31:08', -2047944441],
  ['timestamptz', '2017-11-16T14:31:08-08:00', -2047944441],
  ['string', 'iceberg', 1210000089],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
  ['fixed[4]', '00010203', -188683207],
  ['binary', '00010203', -188683207],
];

for (const [type, text, hash] of VECTORS)
  test(`a bucket of ${type} ${text} comes from the hash ${hash}`, () => {
    const value = parseValue(type, text)!;

    const bucket = applyTransform(bindTransform('bucket[1000003]', type, 'c'), value);

    assert.equal(bucket, (hash & 0x7fffffff) % 1000003);
  });

test('bytes that end within a word hash as the reference does', () => {
  const hashes = ['', 'a', 'ab', 'abc', 'abcd', 'abcde'].map(
    (text) => murmur3(encodeValue('string', text)) >>> 0,
  );

  // From Austin Appleby's MurmurHash3_x86_32 with seed 0.
  assert.deepEqual(hashes, [0, 0x3c2569b2, 0x9bbfd75f, 0xb3dd93fa, 0x43ed676a, 0xe89b9af6]);
});
