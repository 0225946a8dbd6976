/** Pages cover a list once each, whatever the limit, even while it changes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { pageOf } from './paging.ts';

const invalidToken = (token: string) => new Error(`bad ${token}`);
const request = { keyOf: (name: string) => name, invalidToken };

test('the pages of any list hold each item once, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 5 }), (names, limit) => {
      const seen: string[] = [];
      let token: string | undefined;
      do {
        const page = pageOf(names, { ...request, limit, token });
        seen.push(...page.items);
        token = page.next;
      } while (token !== undefined);

      assert.deepEqual(seen, [...names].sort());
    }),
  );
});

test('an item that goes between two pages takes none of the others with it', () => {
  const { next } = pageOf(['a', 'b', 'c', 'd'], { ...request, limit: 2 });

  assert.deepEqual(pageOf(['b', 'c', 'd'], { ...request, limit: 2, token: next }).items, ['c', 'd']);
  assert.throws(() => pageOf(['a'], { ...request, limit: 2, token: 'x' }), /bad x/);
});
