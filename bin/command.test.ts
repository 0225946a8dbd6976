/** A command that is printed finds the lake that this one worked on. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { flagsOf } from './command.ts';

test('what was said to find the lake is repeated, quoted for a shell', () => {
  assert.equal(flagsOf({ state: '.headwaters' }), '');
  assert.equal(
    flagsOf({ state: "my lake's", studies: ['/studies'], target: 'aws', region: 'eu-west-1', prefix: 'two' }),
    " --studies /studies --state 'my lake'\\''s' --target aws --region eu-west-1 --prefix two",
  );
});
