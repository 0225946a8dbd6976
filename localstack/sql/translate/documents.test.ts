/** However many members a query reads of a JSON column, each row's document is parsed for them once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStatement, type TableResolver, translateQuery } from '../index.ts';

const tables: TableResolver = {
  async resolve() {
    return {
      columns: ['data', 'json0'].map((name) => ({ name, type: 'varchar' })),
      relation: async () => 'records',
    };
  },
};

async function translated(sql: string): Promise<string> {
  const statement = parseStatement(sql);
  assert.equal(statement.kind, 'query');
  return (await translateQuery(statement.query, tables, { session: { now: new Date(0) } })).sql;
}

const count = (text: string, part: string) => text.split(part).length - 1;

test('members of one column share one reading, also between WHERE and GROUP BY', async () => {
  const sql = await translated(
    `SELECT json_extract_scalar(data, '$.a'), max(json_extract_scalar(data, '$.b')) FROM t
     WHERE json_extract_scalar(data, '$.c') = 'x' GROUP BY json_extract_scalar(data, '$.a')`,
  );

  assert.equal(count(sql, 'json_extract_string(t0."data", ['), 1);
  assert.match(sql, /\['\$\."c"', '\$\."a"', '\$\."b"'\]/);
  // A value that is used twice is made once.
  assert.equal(count(sql, `hw_js_json_scalar(t0."data", '$.a')`), 1);
});

test('an index in a path is judged by what it is taken of, so it is read by itself', async () => {
  const sql = await translated(`SELECT json_extract_scalar(data, '$.l[0]') FROM t`);

  assert.equal(count(sql, 'json_extract_string(t0."data", ['), 0);
});

test('what is no column of the FROM is read by itself', async () => {
  const sql = await translated(`SELECT json_extract_scalar(data || '', '$.a') FROM t`);

  assert.equal(count(sql, ', [\'$."a"\']'), 0);
});
