/** The line of bronze is laid out with its payload inside, and only the payload’s own fields are marked. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { markedLine } from './line.ts';

test('the payload keeps every digit as it was sent, and the fields of the gold row are marked with their values', () => {
  const line = JSON.stringify({
    shard: 's',
    price: 'envelope',
    data: '{"price":77.940,"note":"a, b","tags":[1,2]}',
  });

  const parts = markedLine(line, ['price', 'tags'])!;

  const marked = parts.filter((part) => part.marked).map(({ text }) => text);
  assert.match(parts.map(({ text }) => text).join(''), /"data": \{\s+"price": 77\.940,\s+"note": "a, b"/);
  assert.deepEqual(marked.slice(0, 3), ['"price"', ': ', '77.940']);
  assert.equal(marked.includes('"envelope"'), false);
});

test('a payload that is not JSON stays the string that it is', () => {
  const line = JSON.stringify({ shard: 's', data: 'not JSON' });

  assert.match(
    markedLine(line, [])!
      .map(({ text }) => text)
      .join(''),
    /"data": "not JSON"/,
  );
});
