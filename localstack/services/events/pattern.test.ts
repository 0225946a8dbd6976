/** Wildcards of event patterns; whole rules are tested through the API. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parsePattern, patternTakes } from './pattern.ts';

const takes = (wildcard: string, name: string) =>
  patternTakes(parsePattern(JSON.stringify({ name: [{ wildcard }] })), { name });

test('a wildcard is any text, and a star after a backslash is a star', () => {
  // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
  assert.equal(takes('dir/*/file.txt', 'dir/a/b/file.txt'), true);
  assert.equal(takes('dir/*/file.txt', 'dir/file.txt'), false);
  assert.equal(takes('a\\*c', 'a*c'), true);
  assert.equal(takes('a\\*c', 'abc'), false);
});

test('no wildcard keeps the cloud from answering', () => {
  assert.equal(takes(`${'*a'.repeat(100)}*b`, 'a'.repeat(10_000)), false);
});
