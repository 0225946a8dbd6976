/** JSON laid out for reading says the same as before. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { layOut } from './jsonText.ts';

const written = (text: string) =>
  layOut(text)
    ?.map((part) => part.text)
    .join('');

test('it is the same value, laid out as JSON.stringify does', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(written(JSON.stringify(value)), JSON.stringify(value, undefined, 2));
    }),
    { numRuns: 200 },
  );
});

test('numbers keep their digits, keys are told from texts, and what is not JSON is left alone', () => {
  const parts = layOut('{"a":58101.480,"b":["x"]}')!;

  assert.deepEqual(
    parts.filter(({ kind }) => kind !== 'plain').map(({ kind, text }) => `${kind} ${text}`),
    ['key "a"', 'number 58101.480', 'key "b"', 'string "x"'],
  );
  assert.equal(layOut('not JSON'), undefined);
});
