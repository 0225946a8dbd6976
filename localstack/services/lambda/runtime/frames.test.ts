import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { frameReader, writeFrame } from './frames.ts';

test('frames come out as they went in, however the pipe cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 300 })), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (frames, cuts) => {
        const written: Uint8Array[] = [];
        for (const [text, body] of frames) writeFrame((bytes) => void written.push(bytes), { text }, body);
        const bytes = Buffer.concat(written);
        const read: [string, Uint8Array][] = [];
        const feed = frameReader<{ text: string }>(
          (header, body) => void read.push([header.text, new Uint8Array(body)]),
        );

        for (let at = 0, cut = 0; at < bytes.length; cut += 1) {
          const end = at + (cuts[cut % cuts.length] as number);
          feed(bytes.subarray(at, end));
          at = end;
        }

        assert.deepEqual(read, frames);
      },
    ),
  );
});
