/** Patterns of callers: JavaScript's own engine is the judge of what they match. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { linearPattern, PatternNotTakenError } from './linearPattern.ts';

const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\w', '\\d', '\\.', '1');
const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
  part: fc.oneof(
    { depthSize: 'small' },
    atom,
    fc
      .tuple(atom, fc.constantFrom('*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
      .map((parts) => parts.join('')),
    fc
      .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?'))
      .map(([inner, times]) => `(${inner})${times}`),
  ),
  pattern: fc
    .array(
      fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      { minLength: 1, maxLength: 3 },
    )
    .map((choices) => choices.join('|')),
}));

test('a pattern matches the whole texts that JavaScript’s engine matches', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'B', 'c', '1', '.'), maxLength: 6 });

  fc.assert(
    fc.property(pattern, text, fc.boolean(), (source, subject, ignoreCase) => {
      const judge = new RegExp(`^(?:${source})$`, ignoreCase ? 'i' : '');
      assert.equal(linearPattern(source, { ignoreCase })(subject), judge.test(subject));
    }),
    { numRuns: 2000 },
  );
});

test('a pattern that has exponentially many ways to fail is answered', () => {
  assert.equal(linearPattern('((a+)+)+b')('a'.repeat(250)), false);
  assert.equal(linearPattern(`${'.*a'.repeat(20)}b`)('a'.repeat(250)), false);
});

test('case counts unless an option says otherwise, anchors are at the ends, and what is not taken is named', () => {
  assert.equal(linearPattern('^SHOP$')('shop'), false);
  assert.equal(linearPattern('^SHOP$', { ignoreCase: true })('shop'), true);
  for (const source of ['(a)\\1', '(?=a)a', 'a\\b', 'a$b', 'a{9999}{99}'])
    assert.throws(() => linearPattern(source), PatternNotTakenError, source);
});
