/** Records are found in JSON wherever its pieces end, with their own texts; what is around them is checked. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { jsonElements } from './jsonElements.ts';

async function elements(
  text: string,
  path: readonly string[] = [],
  pieceLength = text.length || 1,
): Promise<string[]> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceLength) yield bytes.subarray(at, at + pieceLength);
  }
  const found: string[] = [];
  for await (const some of jsonElements(pieces(), path)) found.push(...some);
  return found.map((latin1) => Buffer.from(latin1, 'latin1').toString());
}

test('The elements of an array are found, however the document is written and cut into pieces', async () => {
  const spaces = fc.constantFrom(undefined, 1, '\t', '\r\n');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      spaces,
      fc.integer({ min: 1, max: 7 }),
      async (values, space, piece) => {
        const found = await elements(JSON.stringify(values, null, space), [], piece);
        const nested = JSON.stringify({ 'meta"}': values, a: { b: values }, z: [values] }, null, space);
        const inside = await elements(nested, ['a', 'b'], piece);

        assert.deepEqual(
          found.map((text) => JSON.parse(text)),
          JSON.parse(JSON.stringify(values)),
        );
        assert.deepEqual(
          inside.map((text) => JSON.parse(text)),
          JSON.parse(JSON.stringify(values)),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('A document without an array is one record, and objects may follow each other', async () => {
  assert.deepEqual(await elements('{"a":1}\n {"a":2}{"a":3}'), ['{"a":1}', '{"a":2}', '{"a":3}']);
  assert.deepEqual(await elements('{"a":{"b":{"c":1}}}', ['a', 'b']), ['{"c":1}']);
});

test('What is around the records has to be JSON and to end', async () => {
  const faulty: [text: string, path: string[], message: RegExp][] = [
    ['[{"a":1},', [], /the JSON ends early: an object or array/],
    ['[{"a":"x', [], /the JSON ends early: a text/],
    ['[1,,2]', [], /a value is missing/],
    ['[1 2]', [], /where a comma or end must be/],
    ['[{"a":1]', [], /\] closes what it did not open/],
    ['[1] [2]', [], /goes on after the end of the document/],
    ['   ', [], /no JSON in the file/],
    ['{"a":{"b":[1]}', ['a', 'b'], /ends early/],
    ['{"a":1}', ['a', 'b'], /has no object at "a"/],
    ['{"c":1}', ['a', 'b'], /nothing at "a\.b"/],
    ['{"a":[1],"a":[2]}', ['a'], /two members "a"/],
    ['{"a" 1}', ['a'], /where a colon must be/],
  ];
  for (const [text, path, message] of faulty)
    for (const piece of [1, 3, text.length]) await assert.rejects(elements(text, path, piece), message, text);
});
