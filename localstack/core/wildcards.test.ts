/** Wildcards of callers: what they match, and that no pattern keeps the thread. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { ANY_CHARACTER, ANY_TEXT, starParts, type WildcardPart, wildcardTest } from './wildcards.ts';

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
const asRegExp = (parts: readonly WildcardPart[]) =>
  new RegExp(
    `^${parts.map((part) => (part === ANY_TEXT ? '.*' : part === ANY_CHARACTER ? '.' : escaped(part as string))).join('')}$`,
    'su',
  );

test('short patterns match what a regular expression matches', () => {
  const character = fc.constantFrom('a', 'b', '.', '\n', '😀');
  const part = fc.oneof(
    { weight: 2, arbitrary: character },
    fc.constantFrom<WildcardPart>(ANY_TEXT, ANY_CHARACTER),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), fc.array(character, { maxLength: 8 }), (parts, text) => {
      assert.equal(wildcardTest(parts)(text.join('')), asRegExp(parts).test(text.join('')));
    }),
    { numRuns: 1000 },
  );
});

test('a star and a backslash are themselves after a backslash', () => {
  const matches = wildcardTest(starParts('a\\*b\\\\*c'));

  assert.deepEqual(['a*b\\c', 'a*b\\xyzc', 'axb\\c', 'a*bc'].map(matches), [true, true, false, false]);
});

test('a pattern that a regular expression would not come to an end with is answered', () => {
  const matches = wildcardTest(starParts(`${'*a'.repeat(200)}*b`));

  assert.equal(matches('a'.repeat(20_000)), false);
  assert.equal(matches(`${'a'.repeat(20_000)}b`), true);
});
