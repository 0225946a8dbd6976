/** TRY over many rows of which some fail: each row has its own value, whatever the rows before it came to. */
import assert from 'node:assert/strict';
import { afterAll, test } from 'vitest';
import { openSqlEngine, translated } from '../../test/support/sqlEngine.ts';
import type { TableResolver } from '../index.ts';

interface Row {
  readonly n: bigint;
  readonly a: string | null;
  readonly b: string | null;
}

const rows: readonly Row[] = [
  { n: 1n, a: '1', b: '7' },
  { n: 2n, a: 'x', b: '8' },
  { n: 3n, a: null, b: '9' },
  { n: 4n, a: '4', b: 'y' },
  { n: 5n, a: 'z', b: 'z' },
  { n: 6n, a: null, b: 'q' },
  { n: 7n, a: '70', b: '0' },
];
const text = (value: string | null) => (value === null ? 'NULL' : `'${value}'`);

const { connection, close } = await openSqlEngine();
await connection.run(
  `CREATE TABLE things AS SELECT * FROM (VALUES ${rows.map(({ n, a, b }) => `(${n}::BIGINT, ${text(a)}, ${text(b)})`).join(', ')}) AS v (n, a, b)`,
);
afterAll(close);

const tables: TableResolver = {
  async resolve() {
    const columns = [
      ['n', 'bigint'],
      ['a', 'varchar'],
      ['b', 'varchar'],
    ] as const;
    return { columns: columns.map(([name, type]) => ({ name, type })), relation: async () => 'things' };
  },
};

async function valuesOf(expression: string): Promise<(string | null)[]> {
  const sql = await translated(`SELECT CAST(${expression} AS varchar) FROM things ORDER BY n`, tables);
  return (await connection.runAndReadAll(sql)).getRows().map(([value]) => value as string | null);
}

// The values are Trino's: TRY is a lambda that is called for each row (io.trino.sql.gen.LambdaBytecodeGenerator), and CASE,
// COALESCE, AND and OR evaluate no more than they need.
const cases: readonly (readonly [expression: string, values: readonly (string | null)[]])[] = [
  ['try(coalesce(cast(a AS bigint), -1))', ['1', null, '-1', '4', null, '-1', '70']],
  ['try(CAST(b AS bigint) + CAST(b AS bigint))', ['14', '16', '18', null, null, null, '0']],
  ['try(if(n > 3, CAST(a AS bigint), n))', ['1', '2', '3', '4', null, null, '70']],
  ['try(n > 2 AND CAST(a AS bigint) > 3)', ['false', 'false', null, 'true', null, null, 'true']],
  ['try(n > 2 OR CAST(a AS bigint) > 3)', ['false', null, 'true', 'true', 'true', 'true', 'true']],
  ['try(CAST(a AS bigint) IN (1, CAST(b AS bigint)))', ['true', null, null, null, null, null, 'false']],
  ['try(CAST(a AS bigint) BETWEEN n AND 100)', ['true', null, null, 'true', null, null, 'true']],
  [
    'json_format(CAST(transform(ARRAY[a, b], x -> try(CAST(x AS bigint) + n)) AS json))',
    ['[2,8]', '[null,10]', '[null,12]', '[8,null]', '[null,null]', '[null,null]', '[77,7]'],
  ],
  [
    'json_format(CAST(try_cast(ARRAY[a, b] AS array(bigint)) AS json))',
    ['[1,7]', null, '[null,9]', null, null, null, '[70,0]'],
  ],
  [
    `json_format(CAST(try_cast(json_parse('[' || coalesce(a, '3') || ']') AS array(bigint)) AS json))`,
    ['[1]', null, '[3]', '[4]', null, '[3]', '[70]'],
  ],
];

test.each(cases)('%s', async (expression, values) => {
  assert.deepEqual(await valuesOf(expression), values);
});

test('coalesce evaluates what occurs twice in a later argument only where it needs that argument', async () => {
  const sql = await translated(
    'SELECT coalesce(a, CAST(CAST(b AS bigint) + CAST(b AS bigint) AS varchar)) FROM things WHERE n < 6 ORDER BY n',
    tables,
  );

  assert.deepEqual(
    (await connection.runAndReadAll(sql)).getRows().map(([value]) => value),
    ['1', 'x', '18', '4', 'z'],
  );
});

test('what two values share may fail in both', async () => {
  const sql = await translated(
    'SELECT try(CAST(a AS bigint) + 1), try(CAST(a AS bigint) + 2) FROM things WHERE n < 3 ORDER BY n',
    tables,
  );

  assert.deepEqual((await connection.runAndReadAll(sql)).getRows(), [
    [2n, 3n],
    [null, null],
  ]);
});

/** An expression, and what it gives for a row; throws where it fails. */
interface Expression<T> {
  readonly sql: string;
  readonly of: (row: Row) => T | null;
}

function whole(value: string | null): bigint | null {
  if (value === null) return null;
  if (!/^[+-]?\d+$/.test(value)) throw new Error(value);
  return bounded(BigInt(value));
}

function bounded(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new Error(String(value));
  return value;
}

/** Random expressions from a seed (a linear congruential generator). */
function expressions(seed: number) {
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const one = <T>(choices: readonly (() => T)[]) => choices[random(choices.length)]!();
  const branch = <T>(depth: number, make: (depth: number) => Expression<T>): Expression<T> => {
    const [condition, then, otherwise] = [truth(depth), make(depth), make(depth)];
    return {
      sql: `CASE WHEN ${condition.sql} THEN ${then.sql} ELSE ${otherwise.sql} END`,
      of: (row) => (condition.of(row) ? then.of(row) : otherwise.of(row)),
    };
  };
  const first = <T>(depth: number, make: (depth: number) => Expression<T>): Expression<T> => {
    const [a, b] = [make(depth), make(depth)];
    return { sql: `coalesce(${a.sql}, ${b.sql})`, of: (row) => a.of(row) ?? b.of(row) };
  };
  const number = (depth: number): Expression<bigint> =>
    depth === 0
      ? one<Expression<bigint>>([
          () => ({ sql: 'n', of: ({ n }) => n }),
          () => ({ sql: 'CAST(a AS bigint)', of: ({ a }) => whole(a) }),
          () => ({ sql: 'CAST(b AS bigint)', of: ({ b }) => whole(b) }),
          () => ({ sql: 'length(a)', of: ({ a }) => (a === null ? null : BigInt(a.length)) }),
        ])
      : one<Expression<bigint>>([
          () => first(depth - 1, number),
          () => branch(depth - 1, number),
          () => attempt(number(depth - 1)),
          () => {
            const words = word(depth - 1);
            return { sql: `CAST(${words.sql} AS bigint)`, of: (row) => whole(words.of(row)) };
          },
          () => {
            const [a, b] = [number(depth - 1), number(depth - 1)];
            return {
              sql: `(${a.sql} + ${b.sql})`,
              of(row) {
                const [x, y] = [a.of(row), b.of(row)];
                return x === null || y === null ? null : bounded(x + y);
              },
            };
          },
        ]);
  const word = (depth: number): Expression<string> =>
    depth === 0
      ? one<Expression<string>>([
          () => ({ sql: 'a', of: ({ a }) => a }),
          () => ({ sql: 'b', of: ({ b }) => b }),
        ])
      : one<Expression<string>>([() => first(depth - 1, word), () => branch(depth - 1, word)]);
  const truth = (depth: number): Expression<boolean> => {
    const above = random(7);
    const value = number(depth);
    return one<Expression<boolean>>([
      () => ({ sql: 'a IS NULL', of: ({ a }) => a === null }),
      () => ({
        sql: `${value.sql} > ${above}`,
        of(row) {
          const found = value.of(row);
          return found === null ? null : found > BigInt(above);
        },
      }),
    ]);
  };
  return number;
}

const attempt = (value: Expression<bigint>): Expression<bigint> => ({
  sql: `try(${value.sql})`,
  of(row) {
    try {
      return value.of(row);
    } catch {
      return null;
    }
  },
});

test('random expressions inside TRY give what plain code gives', async () => {
  const number = expressions(1);
  for (let count = 0; count < 200; count++) {
    const { sql, of } = attempt(number(1 + (count % 3)));

    assert.deepEqual(
      await valuesOf(sql),
      rows.map((row) => of(row)?.toString() ?? null),
      sql,
    );
  }
});
