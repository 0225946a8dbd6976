/** The upload encoding, over every way that a network may cut it. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { decodeAwsChunked } from './awsChunked.ts';

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const whole = async (bytes: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(bytes));

test('chunks come back as the bytes they carry, signatures and trailers apart, however they are cut', async () => {
  // https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      fc.boolean(),
      async (chunks, sizes, signed) => {
        const signature = signed ? ';chunk-signature=ad80c730a21e5b8d04586a2213dd63b9' : '';
        const framed = Buffer.concat([
          ...chunks.flatMap((chunk) => [
            Buffer.from(`${chunk.length.toString(16)}${signature}\r\n`),
            chunk,
            Buffer.from('\r\n'),
          ]),
          Buffer.from(`0${signature}\r\nx-amz-checksum-crc32c: sOO8/Q==\r\n\r\n`),
        ]);

        const { bytes, trailers } = decodeAwsChunked(pieces(framed, sizes));

        assert.deepEqual(await whole(bytes), Buffer.concat(chunks));
        assert.deepEqual(trailers, { 'x-amz-checksum-crc32c': 'sOO8/Q==' });
      },
    ),
  );
});

test('a body that breaks off or lies about its chunks is refused', async () => {
  const decode = (text: string) => whole(decodeAwsChunked(pieces(Buffer.from(text), [7])).bytes);

  await assert.rejects(decode('5\r\nabc'), { code: 'IncompleteBody' });
  await assert.rejects(decode('3\r\nabc\r\n'), { code: 'IncompleteBody' });
  await assert.rejects(decode('zz\r\nabc\r\n0\r\n\r\n'), { code: 'InvalidRequest' });
  await assert.rejects(decode('2\r\nabc\r\n0\r\n\r\n'), { code: 'InvalidRequest' });
});
