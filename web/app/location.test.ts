import assert from 'node:assert/strict';
import { test } from 'vitest';
import { hrefOf, readPlace } from './location.ts';

test('an address says study, page, selection and filters, and is made from them again', () => {
  const place = readPlace('/_playground/amazon/tables/gold/fact_sales', '?column=amount&view=lineage');

  assert.deepEqual(
    { ...place, query: Object.fromEntries(place.query) },
    {
      study: 'amazon',
      page: 'tables',
      rest: ['gold', 'fact_sales'],
      query: { column: 'amount', view: 'lineage' },
    },
  );
  assert.equal(
    hrefOf({ rest: place.rest, query: Object.fromEntries(place.query) }, place),
    '/_playground/amazon/tables/gold/fact_sales?column=amount&view=lineage',
  );
});

test('a selection with a slash or a blank comes back as it was', () => {
  const href = hrefOf(
    { study: 'amazon', page: 'objects', rest: ['bronze/a b.gz'] },
    readPlace('/_playground/', ''),
  );

  assert.deepEqual(readPlace(href, '').rest, ['bronze/a b.gz']);
});

test('without a page it is the home page', () => {
  assert.equal(readPlace('/_playground/amazon', '').page, 'home');
});
