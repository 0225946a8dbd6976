/** JSON laid out for reading says the same as before. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { jsonFault, layOut, spanOf } from './jsonText.ts';

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

test('the span of a pointer is the value that JSON.parse gives for it', () => {
  const pointerOf = (path: readonly string[]) =>
    path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
  fc.assert(
    fc.property(fc.jsonValue(), fc.boolean(), (value, isIndented) => {
      const text = JSON.stringify(value, undefined, isIndented ? 2 : undefined);
      const walk = (part: unknown, path: readonly string[]) => {
        const { start, end } = spanOf(text, pointerOf(path))!;
        assert.deepEqual(JSON.parse(text.slice(start, end)), JSON.parse(JSON.stringify(part)));
        if (typeof part === 'object' && part !== null)
          for (const [name, inside] of Object.entries(part)) walk(inside, [...path, name]);
      };
      walk(value, []);
    }),
    { numRuns: 200 },
  );
});

test('a member that there is not has no span, and of two of one name it is the last', () => {
  assert.equal(spanOf('{"a":[1]}', '/a/1'), undefined);
  assert.equal(spanOf('{"a":1}', '/a/b'), undefined);
  assert.deepEqual(spanOf('{"a":1,"a":22}', '/a'), { start: 11, end: 13 });
});

test('a text has a fault exactly when JSON.parse refuses it', () => {
  const isJson = (text: string) => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };
  const texts = fc.oneof(
    fc.json(),
    // JSON with one character changed, taken away or cut off at.
    fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '1', '-', 'e', '\\', '\n', 'x'),
      )
      .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1)),
    fc.tuple(fc.json(), fc.nat()).map(([text, at]) => text.slice(0, at % text.length)),
    fc.string({ unit: fc.constantFrom(...'{}[],:"1e-. tnul\\') }),
  );
  fc.assert(
    fc.property(texts, (text) => assert.equal(jsonFault(text) === undefined, isJson(text), text)),
    { numRuns: 2000 },
  );
});

test.each([
  ['{"id": hello}', 7],
  ['{"a":1,}', 7],
  ['{"a" 1}', 5],
  ['[1 2]', 3],
  ['{"a":"b', 7],
  ['{"a":tru', 8],
  ['', 0],
  ['{} {}', 3],
  ['{"a":"line\nbreak"}', 10],
])('the fault of %j is at %d', (text, at) => {
  assert.equal(jsonFault(text), at);
});
