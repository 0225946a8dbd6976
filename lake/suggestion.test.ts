/** A refused statement gets the name that was probably meant, from the catalog and never from a guess. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { CatalogTable } from './catalog.ts';
import { editDistance, suggestion } from './suggestion.ts';

const table = (database: string, name: string, ...columns: string[]): CatalogTable => ({
  database,
  name,
  kind: 'table',
  description: '',
  columns: columns.map((column) => ({ name: column, type: 'varchar', comment: '' })),
});

const catalog = [
  table('amazon_gold', 'dim_customer', 'customer_key', 'customer_id'),
  table('amazon_gold', 'fact_sales', 'order_id', 'customer_key', 'gross_amount'),
  table('amazon_marts', 'sales_by_state', 'state', 'orders'),
];

const suggested = (sql: string, message: string, database?: string) =>
  suggestion({ sql, message, database, catalog });

describe('a refused statement', () => {
  test('with an unknown table is answered with the nearest one', () => {
    const message = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.amazon_gold.fact_sale' does not exist";

    assert.equal(
      suggested('select * from amazon_gold.fact_sale', message),
      'Did you mean amazon_gold.fact_sales?',
    );
  });

  test('with a table of another database is answered with where it is', () => {
    const message =
      "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.sales_by_state' does not exist";

    assert.equal(
      suggested('select * from sales_by_state', message),
      'Did you mean amazon_marts.sales_by_state?',
    );
  });

  test("with an unknown column is answered with the nearest one of the statement's own tables", () => {
    const message = "COLUMN_NOT_FOUND: line 1:8: Column 'f.odrer_id' cannot be resolved";

    assert.equal(
      suggested('select f.odrer_id from amazon_gold.fact_sales f', message),
      'Did you mean order_id?',
    );
  });

  test('with an unknown database is answered with the nearest one', () => {
    const message = "SCHEMA_NOT_FOUND: line 1:15: Schema 'amazon_golf' does not exist";

    assert.equal(suggested('select * from amazon_golf.fact_sales', message), 'Did you mean amazon_gold?');
  });

  test('of what the local engine has not verified is answered with the engine that may know it', () => {
    const message = 'NOT_VERIFIED: line 1:8: The function ST_Point is not in the verified list';

    assert.match(suggested('select ST_Point(1, 2)', message)!, /--athena trino/);
  });

  test('with a name that is near to nothing gets no suggestion', () => {
    const message = "COLUMN_NOT_FOUND: line 1:8: Column 'weather' cannot be resolved";

    assert.equal(suggested('select weather from amazon_gold.fact_sales', message), undefined);
  });
});

test('two names differ by their insertions, removals, replacements and swaps', () => {
  const pairs = [
    ['order', 'order', 0],
    ['odrer', 'order', 1],
    ['fact_sale', 'fact_sales', 1],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
  ] as const;

  for (const [a, b, distance] of pairs) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
});
