/** An outer join keeps its hash join whatever else its condition asks; what it answers is the corpus' matter. */
import assert from 'node:assert/strict';
import { afterAll, test } from 'vitest';
import { openSqlEngine, translated } from '../../test/support/sqlEngine.ts';
import type { TableResolver } from '../index.ts';

const { connection, close } = await openSqlEngine();
await connection.run('CREATE TABLE orders AS SELECT range AS id, range % 7 AS who FROM range(1000)');
await connection.run(
  'CREATE TABLE people AS SELECT range AS who, range AS since, NULL::BIGINT AS until FROM range(1000)',
);
afterAll(close);

const tables: TableResolver = {
  async resolve({ table }) {
    const names = table === 'orders' ? ['id', 'who'] : ['who', 'since', 'until'];
    return { columns: names.map((name) => ({ name, type: 'bigint' })), relation: async () => table };
  },
};

async function planOf(sql: string): Promise<string> {
  const plan = await connection.runAndReadAll(`EXPLAIN ${await translated(sql, tables)}`);
  return plan.getRowsJS().flat().join('\n');
}

const conditions = {
  'an alternative over both sides': 'p.who = o.who AND (p.until IS NULL OR o.id < p.until)',
  'a function of both sides': 'p.who = o.who AND abs(o.id - p.since) < 5',
  'a condition on only the kept side': 'p.who = o.who AND o.id > 17',
};

for (const [what, on] of Object.entries(conditions))
  for (const join of ['orders AS o LEFT JOIN people AS p', 'people AS p RIGHT JOIN orders AS o'])
    test(`${join} with ${what} does not try every pair`, async () => {
      const plan = await planOf(`SELECT o.id, p.since FROM ${join} ON ${on}`);

      assert.match(plan, /HASH_JOIN/);
      assert.doesNotMatch(plan, /BLOCKWISE_NL_JOIN|NESTED_LOOP_JOIN/);
    });

for (const [join, on] of [
  ['orders AS o LEFT JOIN people AS p', 'o.id > 990 AND p.who = o.who AND o.id < 995'],
  ['people AS p RIGHT JOIN orders AS o', 'o.id > 990 AND o.who = p.who AND o.id < 995'],
])
  test(`${join} takes one hash join where conditions look only at the kept side`, async () => {
    const statement = `SELECT o.id, p.since FROM ${join} ON ${on} WHERE o.id > 988 ORDER BY o.id`;
    const rows = await connection.runAndReadAll(await translated(statement, tables));

    assert.equal((await planOf(statement)).split('HASH_JOIN').length - 1, 1);
    assert.deepEqual(
      rows.getRowsJS(),
      Array.from({ length: 11 }, (_, index) => BigInt(989 + index)).map((id) => [
        id,
        id > 990 && id < 995 ? id % 7n : null,
      ]),
    );
  });

test('a condition that hashes anyway is written as it is', async () => {
  const sql = await translated(
    'SELECT 1 FROM orders AS o LEFT JOIN people AS p ON p.who = o.who AND p.since > 3',
    tables,
  );

  assert.doesNotMatch(sql, /LATERAL/);
});
