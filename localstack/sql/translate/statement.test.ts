/** Translation: what it asks of its tables, and what it makes of row changes; run on a plain DuckDB. */
import assert from 'node:assert/strict';
import { afterAll, beforeAll, beforeEach, test } from 'vitest';
import { openSqlEngine } from '../../test/support/sqlEngine.ts';
import {
  engineError,
  parseStatement,
  type ResolvedTable,
  type ScanNeed,
  SqlError,
  type Statement,
  type TableName,
  type TableResolver,
  translateDelete,
  translateInsert,
  translateMerge,
  translatePredicate,
  translateQuery,
  translateUpdate,
} from '../index.ts';

const { connection, close } = await openSqlEngine();
const asked = new Map<string, ScanNeed[]>();
const named: TableName[] = [];

const base = (relation: string, columns: Record<string, string>): ResolvedTable => ({
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  hidden: [
    { name: '$path', type: 'varchar' },
    { name: '$pos', type: 'bigint' },
  ],
  async relation(need) {
    asked.set(relation, [...(asked.get(relation) ?? []), need]);
    return relation;
  },
});

const TABLES: Readonly<Record<string, ResolvedTable>> = {
  orders: base('orders', {
    id: 'int',
    state: 'string',
    amount: 'decimal(18,2)',
    tags: 'array<struct<k:string>>',
  }),
  stored: base('stored', {
    whole: 'int',
    exact: 'decimal(10,2)',
    at: 'timestamp(6)',
    day: 'date',
    two: 'varchar(2)',
    wholes: 'array<int>',
  }),
  changes: base('changes', { id: 'integer', op: 'varchar', state: 'varchar' }),
  nothing: base('(FROM orders WHERE false)', { id: 'int', state: 'string' }),
  open_orders: { view: "SELECT id, amount FROM orders WHERE state = 'open'", database: 'db' },
  endless: { view: 'SELECT * FROM endless', database: 'db' },
};

const resolver: TableResolver = {
  async resolve(name) {
    named.push(name);
    const table = TABLES[name.table];
    if (!table)
      throw new SqlError(
        'TABLE_NOT_FOUND',
        `Table 'awsdatacatalog.${name.database}.${name.table}' does not exist`,
      );
    return table;
  },
};

const options = {
  database: 'db',
  session: { now: new Date('2024-05-05T10:00:00Z') },
  rowId: ['$path', '$pos'],
};

beforeAll(async () => {
  await connection.run(
    `CREATE TABLE stored AS SELECT 9 AS whole, NULL::DECIMAL(10,2) AS exact, NULL::TIMESTAMP AS at, NULL::DATE AS day, 'x' AS two, [1] AS wholes, 'f' AS "$path", 0::BIGINT AS "$pos"`,
  );
  await connection.run(
    `CREATE TABLE orders AS SELECT *, [{k: 'a'}] AS tags FROM (VALUES (1, 'open', 10.00::DECIMAL(18,2), 'f', 0::BIGINT), (2, 'paid', 20.00, 'f', 1), (3, 'open', NULL, 'g', 0)) AS t(id, state, amount, "$path", "$pos")`,
  );
  await connection.run(
    `CREATE TABLE changes AS SELECT * FROM (VALUES (1, 'U', 'paid'), (2, 'D', NULL), (9, 'I', 'new')) AS t(id, op, state)`,
  );
});
afterAll(close);
beforeEach(() => {
  asked.clear();
  named.length = 0;
});

async function rows(sql: string): Promise<unknown[][]> {
  const result = await connection.runAndReadAll(sql);
  return result
    .getRows()
    .map((row) =>
      row.map((value) =>
        typeof value === 'bigint'
          ? Number(value)
          : value === null
            ? null
            : typeof value === 'number'
              ? value
              : String(value),
      ),
    );
}

const parsed = <K extends Statement['kind']>(kind: K, sql: string) => {
  const statement = parseStatement(sql);
  assert.equal(statement.kind, kind);
  return statement as Extract<Statement, { kind: K }>;
};
const query = (sql: string, more: object = {}) =>
  translateQuery(parsed('query', sql).query, resolver, { ...options, ...more });

test.for([
  ['SELECT id FROM orders WHERE id > 1 OR id IS NULL', 1],
  ['SELECT id FROM orders WHERE id IS NULL', 1],
  ['SELECT o.id FROM changes AS c JOIN (SELECT id FROM orders) AS o ON c.id = o.id WHERE o.id IS NULL', 1],
  // The join gives NULL where no row was found, whatever the table holds.
  ['SELECT c.id FROM changes AS c LEFT JOIN orders AS o ON c.id = o.id WHERE o.id > 1 OR o.id IS NULL', 0],
  ['SELECT c.id FROM orders AS o RIGHT JOIN changes AS c ON c.id = o.id WHERE o.id IS NULL', 0],
  ['SELECT c.id FROM orders AS o FULL JOIN changes AS c ON c.id = o.id WHERE o.id IS NULL', 0],
  [
    'SELECT q.n FROM (SELECT o.id AS n FROM changes AS c LEFT JOIN orders AS o ON c.id = o.id) AS q WHERE q.n IS NULL',
    0,
  ],
] as const)('IS NULL is a predicate of a table where the NULL is its own: %s', async ([sql, predicates]) => {
  const translation = await query(sql);

  await rows(translation.sql);
  assert.equal(asked.get('orders')![0]!.predicates.length, predicates);
});

// Trino leaves out of a sub-query what nothing around it uses (io.trino.sql.planner.iterative.rule.PruneOutputSourceColumns
// and its siblings), so Athena neither reads those columns nor bills them.
const pruned: readonly (readonly [sql: string, ...read: string[]])[] = [
  ['SELECT id FROM (SELECT id, state, amount FROM orders) AS o', 'id'],
  ['SELECT count(*) FROM (SELECT * FROM orders) AS o'],
  ['SELECT o.id FROM (SELECT * FROM orders WHERE amount > 0) AS o', 'amount', 'id'],
  ['WITH o AS (SELECT id, state, amount AS paid FROM orders) SELECT paid FROM o', 'amount'],
  [
    'SELECT o.n FROM (SELECT state, count(*) AS n, sum(amount) AS paid FROM orders GROUP BY state) AS o',
    'state',
  ],
  ['SELECT o.id FROM (SELECT DISTINCT id, state FROM orders) AS o', 'id', 'state'],
  ['SELECT o.id FROM (SELECT id, state FROM orders ORDER BY state LIMIT 1) AS o', 'id', 'state'],
  [
    'SELECT a FROM (SELECT id AS a, state AS b FROM orders UNION ALL SELECT id, state FROM orders) AS o',
    'id',
  ],
  [
    'SELECT a FROM (SELECT id AS a, state AS b FROM orders UNION SELECT id, state FROM orders) AS o',
    'id',
    'state',
  ],
  ['SELECT id FROM orders WHERE id IN (SELECT id FROM (SELECT id, amount FROM orders) AS o)', 'id'],
  ['SELECT (SELECT max(amount) FROM orders) AS most FROM (SELECT id, state FROM orders) AS o', 'amount'],
  ['SELECT o.id FROM (SELECT id, row_number() OVER (ORDER BY amount) AS n FROM orders) AS o', 'id'],
  ['SELECT o.n FROM (SELECT id, row_number() OVER (ORDER BY amount) AS n FROM orders) AS o', 'amount'],
  [
    'SELECT a.id FROM (SELECT id, state FROM orders) AS a JOIN (SELECT id, amount FROM orders) AS b ON a.id = b.id',
    'id',
  ],
];

test.for(pruned)('of a sub-query the columns are read that its query uses: %s', async ([sql, ...read]) => {
  const translation = await query(sql);

  await rows(translation.sql);
  const needs = asked.get('orders')!;
  assert.deepEqual([...new Set(needs.flatMap((need) => need.read))].sort(), read);
});

test('a table is asked for the columns used and for the conditions that hold', async () => {
  const translation = await query(
    `SELECT id FROM orders WHERE state = 'open' AND id BETWEEN 1 AND 5 AND amount + 1 > 0 AND "$path" <> 'x'`,
  );

  assert.deepEqual(await rows(translation.sql), [[1]]);
  const [need] = asked.get('orders')!;
  assert.deepEqual(need!.columns.toSorted(), ['$path', 'amount', 'id', 'state']);
  assert.deepEqual(need!.predicates, [
    { column: 'state', operator: '=', values: ['open'] },
    { column: 'id', operator: '>=', values: [1n] },
    { column: 'id', operator: '<=', values: [5n] },
    { column: '$path', operator: '<>', values: ['x'] },
  ]);
});

test('a condition reaches a table through a common table used once, never through one used twice', async () => {
  await query('WITH o AS (SELECT id AS n FROM orders) SELECT * FROM o WHERE n = 1');
  const once = asked.get('orders')!.map(({ predicates }) => predicates.length);
  asked.clear();
  await query('WITH o AS (SELECT id AS n FROM orders) SELECT * FROM o WHERE n = 1 UNION ALL SELECT * FROM o');
  const twice = asked.get('orders')!.map(({ predicates }) => predicates.length);

  assert.deepEqual([once, twice], [[1], [0]]);
});

test('a condition does not reach through LIMIT, DISTINCT, grouping or a window', async () => {
  for (const inner of [
    'SELECT id FROM orders LIMIT 1',
    'SELECT DISTINCT id FROM orders',
    'SELECT id FROM orders GROUP BY id',
    'SELECT id, row_number() OVER (ORDER BY id) AS r FROM orders',
  ]) {
    asked.clear();
    await query(`SELECT * FROM (${inner}) WHERE id = 1`);

    assert.deepEqual(asked.get('orders')![0]!.predicates, [], inner);
  }
});

test('a condition of OR, or on an enclosing query, is not passed on', async () => {
  await query("SELECT id FROM orders WHERE id = 1 OR state = 'x'");
  await query(
    'SELECT id FROM orders AS o WHERE EXISTS (SELECT 1 FROM changes AS c WHERE o.id = 1 AND c.id = 2)',
  );

  assert.deepEqual(
    asked.get('orders')!.map(({ predicates }) => predicates),
    [[], []],
  );
  assert.deepEqual(asked.get('changes')![0]!.predicates, [{ column: 'id', operator: '=', values: [2n] }]);
});

test('a LEFT JOIN condition leaves out rows of the right side only', async () => {
  await query(
    "SELECT o.id FROM orders AS o LEFT JOIN changes AS c ON o.id = c.id AND c.op = 'U' AND o.state = 'open'",
  );

  assert.deepEqual(asked.get('orders')![0]!.predicates, []);
  assert.deepEqual(asked.get('changes')![0]!.predicates, [{ column: 'op', operator: '=', values: ['U'] }]);
});

test('a view is unfolded in its own database, and one that names itself is refused', async () => {
  const translation = await query('SELECT count(*) FROM v2.open_orders');

  assert.deepEqual(await rows(translation.sql), [[2]]);
  assert.deepEqual(
    named.map(({ database, table }) => `${database}.${table}`),
    ['v2.open_orders', 'db.orders'],
  );
  await assert.rejects(query('SELECT * FROM endless'), /nested more than 16 deep/);
});

test('an unknown table fails at its place, a common table of that name does not', async () => {
  await assert.rejects(query('SELECT 1\nFROM nope'), {
    message: "line 2:6: Table 'awsdatacatalog.db.nope' does not exist",
    code: 'TABLE_NOT_FOUND',
  });
  assert.deepEqual(await rows((await query('WITH nope AS (SELECT 1 AS x) SELECT x FROM nope')).sql), [[1]]);
});

test('time travel and metadata tables reach the resolver', async () => {
  await query("SELECT 1 FROM orders FOR TIMESTAMP AS OF TIMESTAMP '2024-01-01 00:00:00 UTC'");
  await query('SELECT 1 FROM orders FOR VERSION AS OF 123');
  await query("SELECT 1 FROM orders FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '1' DAY)");
  await query('SELECT 1 FROM "orders$files"');

  assert.deepEqual(
    named.map(({ version, suffix }) => version ?? suffix),
    [
      { kind: 'timestamp', at: new Date('2024-01-01T00:00:00Z') },
      { kind: 'version', id: 123n },
      { kind: 'timestamp', at: new Date('2024-05-04T10:00:00Z') },
      '$files',
    ],
  );
});

test('no table is read as it will be', async () => {
  const refused = async (instant: string, shown: string) =>
    assert.rejects(query(`SELECT 1 FROM nope FOR TIMESTAMP AS OF ${instant}`), {
      code: 'INVALID_ARGUMENTS',
      message: `line 1:20: Pointer value '${shown}' is not in the past`,
    });

  await refused("TIMESTAMP '2039-01-01 00:00:00.123456 UTC'", '2039-01-01 00:00:00.123456 UTC');
  await refused("TIMESTAMP '2039-01-01 00:00:00'", '2039-01-01 00:00:00');
  await refused("(current_timestamp + INTERVAL '1' DAY)", '2024-05-06 10:00:00.000 UTC');
});

test('a literal of a type that is not taken is refused by that type’s name', async () => {
  for (const [literal, refusal] of [
    ["IPADDRESS '10.0.0.1'", 'line 1:8: type ipaddress is not in the verified list (docs/athena-sql.md)'],
    ['"ipaddress" \'10.0.0.1\'', 'line 1:8: type ipaddress is not in the verified list (docs/athena-sql.md)'],
    ["HyperLogLog ''", 'line 1:8: type hyperloglog is not in the verified list (docs/athena-sql.md)'],
    ["nonsense 'x'", 'line 1:8: type nonsense is not in the verified list (docs/athena-sql.md)'],
  ] as const)
    await assert.rejects(query(`SELECT ${literal}`), { code: 'NOT_VERIFIED', message: refusal });
});

test('parameters are SQL text, and one too few fails', async () => {
  const translation = await query('SELECT id FROM orders WHERE state = ? AND id < ?', {
    parameters: ["'open'", '3'],
  });

  assert.deepEqual(await rows(translation.sql), [[1]]);
  await assert.rejects(query('SELECT ?', { parameters: [] }), /Incorrect number of parameters/);
});

test('INSERT gives every column of the table in its order and type', async () => {
  const translation = await translateInsert(
    parsed('insert', "INSERT INTO orders (state, id) SELECT 'x', 5"),
    resolver,
    options,
  );

  assert.deepEqual(await rows(translation.sql), [[5, 'x', null, null]]);
  await assert.rejects(
    translateInsert(parsed('insert', "INSERT INTO changes SELECT 'x', 'y', 'z'"), resolver, options),
    {
      message:
        'line 1:13: Insert query has mismatched column types: Table: [integer, varchar, varchar], Query: [varchar(1), varchar(1), varchar(1)]',
    },
  );
});

// Each is what Trino 476 kept in an Iceberg table, or said; the text that is too long is of a Hive table.
const STORED: readonly (readonly [column: string, value: string, kept: string])[] = [
  ['whole', "DECIMAL '1.5'", '2'],
  ['whole', '1.5e0', '2'],
  ['exact', '1.5e0', '1.50'],
  ['exact', "DECIMAL '1.555'", '1.56'],
  ['at', "TIMESTAMP '2020-01-04 12:00:00 America/New_York'", '2020-01-04 12:00:00'],
  ['at', "from_iso8601_timestamp('2020-01-04T23:30:00-05:00')", '2020-01-04 23:30:00'],
  ['at', "DATE '2020-01-04'", '2020-01-04 00:00:00'],
  ['day', "TIMESTAMP '2020-01-04 23:30:00 America/New_York'", '2020-01-04'],
  ['two', "'ab '", 'ab'],
  ['wholes', "ARRAY[DECIMAL '1.5']", '[2]'],
];

test('INSERT, UPDATE and MERGE cast numbers to numbers and times to times, where an operator would not', async () => {
  const kept = async (column: string, value: string) => {
    const inserted = await translateInsert(
      parsed('insert', `INSERT INTO stored (${column}) SELECT ${value}`),
      resolver,
      options,
    );
    const updated = await translateUpdate(
      parsed('update', `UPDATE stored SET ${column} = ${value}`),
      resolver,
      options,
    );
    const merged = await translateMerge(
      parsed(
        'merge',
        `MERGE INTO stored USING (VALUES 1) AS s(k) ON whole = k WHEN NOT MATCHED THEN INSERT (${column}) VALUES (${value})`,
      ),
      resolver,
      options,
    );
    return Promise.all(
      [inserted, updated, merged].map(async ({ sql }) => {
        const [row] = await rows(`SELECT CAST("${column}" AS VARCHAR) FROM (${sql})`);
        return row?.[0];
      }),
    );
  };

  const answers = [];
  for (const [column, value] of STORED) answers.push(await kept(column, value));

  assert.deepEqual(
    answers,
    STORED.map(([, , text]) => [text, text, text]),
  );
  await assert.rejects(
    kept('two', "'abc'").catch((error) => {
      throw engineError(error);
    }),
    {
      code: 'INVALID_CAST_ARGUMENT',
      message: 'Cannot truncate non-space characters when casting from varchar(3) to varchar(2) on INSERT',
    },
  );
  await assert.rejects(
    kept('whole', "'1'"),
    /mismatched column types: Table: \[integer\], Query: \[varchar\(1\)\]/,
  );
});

test('UPDATE gives row ids with the new values, DELETE the row ids', async () => {
  const update = await translateUpdate(
    parsed(
      'update',
      "UPDATE orders SET state = upper(state) WHERE id IN (SELECT id FROM changes WHERE op = 'U')",
    ),
    resolver,
    options,
  );
  const removal = await translateDelete(
    parsed('delete', "DELETE FROM orders WHERE state = 'open' AND amount IS NULL"),
    resolver,
    options,
  );

  assert.deepEqual(await rows(`SELECT "$path", "$pos", id, state FROM (${update.sql})`), [
    ['f', 0, 1, 'OPEN'],
  ]);
  assert.deepEqual(await rows(removal.sql), [['g', 0]]);
  assert.deepEqual(removal.predicates, [
    { column: 'state', operator: '=', values: ['open'] },
    { column: 'amount', operator: 'is null', values: [] },
  ]);
});

test('MERGE takes the first clause that holds and keeps unmatched rows only where a clause asks for them', async () => {
  const merge = await translateMerge(
    parsed(
      'merge',
      "MERGE INTO orders AS o USING changes AS c ON o.id = c.id AND o.id < 100 WHEN MATCHED AND c.op = 'D' THEN DELETE WHEN MATCHED THEN UPDATE SET state = c.state WHEN NOT MATCHED THEN INSERT (id, state) VALUES (c.id, c.state)",
    ),
    resolver,
    options,
  );

  assert.deepEqual(await rows(`SELECT _action, "$path", "$pos", id, state FROM (${merge.sql}) ORDER BY id`), [
    ['update', 'f', 0, 1, 'paid'],
    ['delete', 'f', 1, 2, 'paid'],
    ['insert', null, null, 9, 'new'],
  ]);
  assert.deepEqual(merge.targetPredicates, [{ column: 'id', operator: '<', values: [100n] }]);
});

test('MERGE into a table without rows inserts without looking for what matches twice', async () => {
  const merge = await translateMerge(
    parsed(
      'merge',
      'MERGE INTO nothing AS o USING (VALUES 7, 7, 9) AS c(id) ON o.id = c.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED AND c.id < 8 THEN INSERT (id) VALUES (c.id)',
    ),
    resolver,
    { ...options, targetIsEmpty: true },
  );

  assert.deepEqual(await rows(`SELECT _action, "$path", id FROM (${merge.sql})`), [
    ['insert', null, 7],
    ['insert', null, 7],
  ]);
  assert.doesNotMatch(merge.sql, /MATERIALIZED/);
});

test('MERGE fails when two source rows take one target row, in the words of Trino', async () => {
  const merge = await translateMerge(
    parsed(
      'merge',
      "MERGE INTO orders AS o USING (VALUES (1, 'a'), (1, 'b')) AS c(id, s) ON o.id = c.id WHEN MATCHED THEN UPDATE SET state = c.s",
    ),
    resolver,
    options,
  );

  await assert.rejects(
    rows(merge.sql).catch((error) => {
      throw engineError(error);
    }),
    {
      code: 'MERGE_TARGET_ROW_MULTIPLE_MATCHES',
      message: 'One MERGE target table row matched more than one source row',
    },
  );
});

test('an OPTIMIZE condition must be wholly of columns and literals', async () => {
  const where = (sql: string) =>
    parsed('optimize', `OPTIMIZE orders REWRITE DATA USING BIN_PACK WHERE ${sql}`).where!;

  const { predicates } = await translatePredicate(
    where("state = 'open' AND id > 3"),
    { table: 'orders' },
    resolver,
    options,
  );

  assert.deepEqual(predicates, [
    { column: 'state', operator: '=', values: ['open'] },
    { column: 'id', operator: '>', values: [3n] },
  ]);
  await assert.rejects(
    translatePredicate(where("upper(state) = 'OPEN'"), { table: 'orders' }, resolver, options),
    /not in the verified list/,
  );
});
