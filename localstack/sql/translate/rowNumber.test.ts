/** Numbering only the repeated rows must give what numbering all of them gives. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { openSqlEngine, translated } from '../../test/support/sqlEngine.ts';
import type { TableResolver } from '../index.ts';

const tables: TableResolver = {
  async resolve() {
    return {
      columns: [
        { name: 'a', type: 'varchar' },
        { name: 'b', type: 'bigint' },
        { name: 'c', type: 'integer' },
        { name: 'd', type: 'double' },
      ],
      relation: async () => 'records',
    };
  },
};

const isSplit = (sql: string) => /count\(\*\) > 1/.test(sql);

test('rows are numbered as by a window over all of them', async (context) => {
  const { connection, close } = await openSqlEngine();
  context.onTestFinished(close);
  const split = await translated(
    'SELECT b, row_number() OVER (PARTITION BY a, b ORDER BY c DESC, d) AS b, a, c + 1 FROM t WHERE c <> 7',
    tables,
  );
  const whole = await translated(
    // A second window keeps the statement as it is written.
    'SELECT b, n, a, c1 FROM (SELECT b, row_number() OVER (PARTITION BY a, b ORDER BY c DESC, d) AS n, a, c + 1 AS c1, rank() OVER (ORDER BY c) AS r FROM t WHERE c <> 7)',
    tables,
  );
  assert.ok(isSplit(split));
  assert.ok(!isSplit(whole));
  const key = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
  // No two rows have one place in the order, or their numbers would be anybody's choice.
  const rows = fc.uniqueArray(
    fc.record({
      a: key(fc.constantFrom('x', 'y', '')),
      b: key(fc.integer({ min: 0, max: 3 })),
      c: key(fc.integer({ min: 0, max: 9 })),
      d: fc.constant(0),
    }),
    { selector: (row) => JSON.stringify(row), maxLength: 12 },
  );

  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const literal = (value: string | number | null) =>
        value === null ? 'NULL' : typeof value === 'string' ? `'${value}'` : String(value);
      const values = given.map(({ a, b, c, d }) => `(${[a, b, c, d].map(literal).join(', ')})`);
      await connection.run('CREATE OR REPLACE TABLE records (a VARCHAR, b BIGINT, c INTEGER, d DOUBLE)');
      if (values.length > 0) await connection.run(`INSERT INTO records VALUES ${values.join(', ')}`);
      const answer = async (sql: string) =>
        (await connection.runAndReadAll(sql)).getRowsJS().map(String).toSorted();

      assert.deepEqual(await answer(split), await answer(whole));
    }),
    { numRuns: 60 },
  );
});

for (const [what, sql] of [
  ['a key of which equal values may differ', 'SELECT row_number() OVER (PARTITION BY d ORDER BY c) FROM t'],
  ['no partition', 'SELECT row_number() OVER (ORDER BY c) FROM t'],
  ['another window function', 'SELECT rank() OVER (PARTITION BY a ORDER BY c) FROM t'],
  ['a number that is computed with', 'SELECT row_number() OVER (PARTITION BY a ORDER BY c) + 1 FROM t'],
  ['an ORDER BY', 'SELECT a, row_number() OVER (PARTITION BY a ORDER BY c) FROM t ORDER BY 2'],
  ['a LIMIT', 'SELECT a, row_number() OVER (PARTITION BY a ORDER BY c) FROM t LIMIT 1'],
  ['groups', 'SELECT a, row_number() OVER (PARTITION BY a ORDER BY max(c)) FROM t GROUP BY a'],
] as const)
  test(`a statement with ${what} is left as it is`, async () => {
    assert.ok(!isSplit(await translated(sql, tables)));
  });
