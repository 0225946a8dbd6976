/** However many members a query reads of a JSON column, each row's document is parsed for them once. */
import assert from 'node:assert/strict';
import { listValue } from '@duckdb/node-api';
import { test } from 'vitest';
import { openSqlEngine, translated } from '../../test/support/sqlEngine.ts';
import type { TableResolver } from '../index.ts';

const tables: TableResolver = {
  async resolve() {
    return {
      columns: ['data', 'json0'].map((name) => ({ name, type: 'varchar' })),
      relation: async () => 'records',
    };
  },
};

const count = (text: string, part: string) => text.split(part).length - 1;

test('members of one column share one reading, also between WHERE and GROUP BY', async () => {
  const sql = await translated(
    `SELECT json_extract_scalar(data, '$.a'), max(json_extract_scalar(data, '$.b')) FROM t
     WHERE json_extract_scalar(data, '$.c') = 'x' GROUP BY json_extract_scalar(data, '$.a')`,
    tables,
  );

  assert.equal(count(sql, 'json_transform('), 1);
  assert.match(sql, /'{"c":"VARCHAR","a":"VARCHAR","b":"VARCHAR"}'/);
  // A value that is used twice is made once.
  assert.equal(count(sql, "struct_extract(json1, 'a')"), 1);
});

test('longer paths share one reading of their own', async () => {
  const sql = await translated(
    `SELECT json_extract_scalar(data, '$.a.b'), json_extract_scalar(data, '$.c.d'), json_extract_scalar(data, '$.a') FROM t`,
    tables,
  );

  assert.equal(count(sql, 'json_extract_string(t0."data", [\'$."a"."b"\', \'$."c"."d"\'])'), 1);
  assert.equal(count(sql, 'json_transform('), 1);
});

const values = String.raw`
  "x" | "" | "12" | "012" | "-0" | "1.50" | "1e5" | "2024-01-01" | "10:11" | "{}" | "[1]" | "NaN" | "null" | "true"
  "a\"b" | "a\\" | "\u0041" | "\u0000" | "é" | "🙂" | " 1" | "}" | "~" | "."
  0 | -0 | 7 | -7 | 12.5 | 12.50 | 1.0 | 1e2 | 1E-7 | -0.0 | 123456789012345678 | 1234567890123456789
  12345678901234567890123 | 0.1000000000000000055511151231257827 | true | false | null | {} | {"b":1} | [] | [1,2]
  NaN | Infinity | -Infinity | 01 | x | "`
  .trim()
  .split(/ \| |\n\s*/);
const documents = values
  .flatMap((value) => [
    `{"a":${value}}`,
    `{"a":${value},"b":1}`,
    `{ "a" : ${value} , "b" : 1 }`,
    `{"a":${value},"a":3}`,
    `{"b":{"a":2.50},"a":${value}}`,
    `{"c\\"a":2.5,"a":${value}}`,
    `{"A":${value}}`,
    `[${value}]`,
    value,
  ])
  .concat('', ' ', '{', '{"a":1,}', '{"a":1} x', '{}', '[]');

test('a member of a shared reading is what it is when read separately', async (context) => {
  const { connection, close } = await openSqlEngine();
  context.onTestFinished(close);
  await connection.run('CREATE TABLE records AS SELECT unnest($1::VARCHAR[]) AS data', {
    1: listValue(documents),
  });
  const rowsOf = async (sql: string) =>
    (await connection.runAndReadAll(await translated(sql, tables))).getRows();

  const members = (of: string) =>
    ['a', 'A', 'b.a'].map((path) => `json_extract_scalar(${of}, '$.${path}')`).join(', ');
  const shared = await rowsOf(`SELECT data, ${members('data')} FROM t`);
  const separate = await rowsOf(`SELECT data, ${members("data || ''")} FROM t`);

  assert.equal(shared.length, documents.length);
  assert.deepEqual(shared, separate);
});

test('an index in a path is judged by what it is taken of, so it is read separately', async () => {
  const sql = await translated(`SELECT json_extract_scalar(data, '$.l[0]') FROM t`, tables);

  assert.equal(count(sql, 'json_extract_string(t0."data", ['), 0);
});

test('what is not a column of the FROM is read separately', async () => {
  const sql = await translated(`SELECT json_extract_scalar(data || '', '$.a') FROM t`, tables);

  assert.equal(count(sql, ', [\'$."a"\']'), 0);
});
