/** Reading Iceberg tables: pruning that never loses a row, every type, evolved schemas, time travel, and what is refused. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { commit } from '../iceberg/commit.ts';
import * as iceberg from '../iceberg/index.ts';
import { CONTENT, type DataFile } from '../iceberg/manifest.ts';
import { withSnapshot } from '../iceberg/snapshot.ts';
import { icebergLake } from './support/icebergLake.ts';

const REF = { database: 'd', table: 't' };

const comparison = fc.constantFrom(
  '=' as const,
  '<>' as const,
  '<' as const,
  '<=' as const,
  '>' as const,
  '>=' as const,
);
const leaf: fc.Arbitrary<iceberg.Predicate> = fc.oneof(
  fc.record({ op: comparison, column: fc.constant('id'), value: fc.integer({ min: -5, max: 45 }) }),
  fc.record({
    op: comparison,
    column: fc.constant('name'),
    value: fc.constantFrom('', 'n1', 'n2', 'n25', 'zz'),
  }),
  fc.record({
    op: comparison,
    column: fc.constant('day'),
    value: fc.constantFrom('1969-12-31', '1970-01-31', '1971-03-01'),
  }),
  fc.record({
    op: comparison,
    column: fc.constant('amount'),
    value: fc.constantFrom('-1.50', '0', '7.25', '99'),
  }),
  fc.record({ op: comparison, column: fc.constant('ratio'), value: fc.constantFrom(-1, 0, 2.5) }),
  fc.record({
    op: fc.constant('in' as const),
    column: fc.constant('id'),
    values: fc.array(fc.integer({ min: 0, max: 45 }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    op: fc.constantFrom('is null' as const, 'is not null' as const),
    column: fc.constantFrom('name', 'id', 'ratio'),
  }),
);
const { predicate } = fc.letrec<{ predicate: iceberg.Predicate }>((tie) => ({
  predicate: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.record({
      op: fc.constantFrom('and' as const, 'or' as const),
      terms: fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), term: tie('predicate') }),
  ),
}));

const TYPES: Record<string, string> = {
  id: 'INT',
  name: 'VARCHAR',
  day: 'DATE',
  amount: 'DECIMAL(9,2)',
  ratio: 'DOUBLE',
};

function sqlOf(term: iceberg.Predicate): string {
  const literal = (column: string, value: iceberg.Literal) => `'${value}'::${TYPES[column]}`;
  switch (term.op) {
    case 'true':
      return 'true';
    case 'and':
    case 'or':
      return `(${term.terms.map(sqlOf).join(` ${term.op} `)})`;
    case 'not':
      return `(NOT ${sqlOf(term.term)})`;
    case 'in':
      return `${term.column} IN (${term.values.map((value) => literal(term.column, value)).join(', ')})`;
    case 'is null':
    case 'is not null':
      return `${term.column} ${term.op}`;
    default:
      return `${term.column} ${term.op} ${literal(term.column, term.value)}`;
  }
}

const ROWS = `SELECT i AS id, CASE WHEN i % 6 > 0 THEN 'n' || i END AS name, DATE '1969-12-20' + (i * 11)::INT AS day,
  (i - 5) * 1.25 AS amount, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN'::DOUBLE ELSE i / 8 - 1 END AS ratio`;

for (const partitioning of [
  [],
  ['name'],
  ['month(day)', 'bucket(3, id)'],
  ['truncate(2, name)', 'truncate(10, id)'],
  ['ratio'],
])
  test(`a pruned scan has every row that the predicate takes, partitioned by [${partitioning}]`, async (t) => {
    const { lake, connection, rows } = await icebergLake(t);
    await iceberg.createTable(lake, REF, {
      location: 's3://lake/d/t',
      columns: Object.entries(TYPES).map(([name, type]) => ({ name, type: type.toLowerCase() })),
      partitioning,
    });
    for (let from = 0; from < 40; from += 10)
      await iceberg.append(lake, connection, REF, {
        select: `${ROWS} FROM range(${from}, ${from + 10}) r(i)`,
      });
    const { metadata } = await iceberg.loadTable(lake, REF);
    const whole = await iceberg.planScan(lake, connection, metadata);
    await connection.run(`CREATE TABLE everything AS FROM ${whole.relation}`);
    let pruned = 0;

    await fc.assert(
      fc.asyncProperty(predicate, async (filter) => {
        const plan = await iceberg.planScan(lake, connection, metadata, { filter });
        pruned += plan.pruned.files + plan.pruned.manifests;
        const where = sqlOf(filter);
        const [counts] = await rows(
          `SELECT (SELECT count(*) FROM ${plan.relation} WHERE ${where}), (SELECT count(*) FROM everything WHERE ${where})`,
        );
        assert.equal(counts![0], counts![1], where);
      }),
      { numRuns: 60 },
    );

    assert.ok(pruned > 0);
  });

test('bounds, partitions and columns named decide what is scanned', async (t) => {
  const { lake, connection } = await icebergLake(t);
  await iceberg.createTable(lake, REF, {
    location: 's3://lake/d/t',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'text', type: 'string' },
    ],
  });
  for (let from = 0; from < 30; from += 10)
    await iceberg.append(lake, connection, REF, {
      select: `SELECT i, md5(i::VARCHAR) || md5((i + 1)::VARCHAR) FROM range(${from}, ${from + 10}) r(i)`,
    });
  const { metadata } = await iceberg.loadTable(lake, REF);

  const whole = await iceberg.planScan(lake, connection, metadata);
  const some = await iceberg.planScan(lake, connection, metadata, {
    filter: { op: '=', column: 'id', value: 15 },
    columns: ['id'],
  });

  assert.deepEqual([whole.files.length, whole.records], [3, 30]);
  assert.deepEqual([some.files.length, some.records, some.pruned], [1, 10, { manifests: 0, files: 2 }]);
  assert.equal(
    whole.bytes,
    whole.files.reduce((sum, file) => sum + file.bytes, 0),
  );
  assert.ok(some.bytes < some.files[0]!.bytes / 2);
});

test('rows of every type come back as they went in', async (t) => {
  const { lake, connection, rows } = await icebergLake(t);
  await connection.run(`SET TimeZone = 'America/New_York'`);
  const values = `SELECT * FROM (VALUES
    (true, 1, 2, 3.5::FLOAT, 4.25::DOUBLE, 12345678901234567890.123456789012345678, DATE '0001-01-01', TIME '23:59:59.999999',
      TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '2024-03-10 07:30:00+00', 'é😀''"', '\\x00\\xFF'::BLOB,
      '12345678-1234-4234-9234-123456789abc'::UUID, [1, NULL], MAP {'k': {'deep': [1.5]}}, {'a': NULL, 'b': {'c': 'x'}}),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (false, -2147483648, 9223372036854775807, 'inf'::FLOAT, 'nan'::DOUBLE, -0.000000000000000001, DATE '9999-12-31', TIME '00:00:00',
      TIMESTAMP '0044-03-15 (BC)', TIMESTAMPTZ '20000-01-01 00:00:00+00', '', ''::BLOB,
      '00000000-0000-0000-0000-000000000000'::UUID, [], MAP {}, {'a': 5, 'b': NULL})
  ) AS v`;

  const { table } = await iceberg.createTableAs(lake, connection, REF, {
    location: 's3://lake/d/t',
    columns: [
      'boolean',
      'int',
      'bigint',
      'float',
      'double',
      'decimal(38,18)',
      'date',
      'time',
      'timestamp',
      'timestamptz',
      'string',
      'binary',
      'uuid',
      'array<int>',
      'map<string,struct<deep:array<decimal(3,1)>>>',
      'struct<a:int,b:struct<c:string>>',
    ].map((type, index) => ({ name: `c${index}`, type })),
    select: values,
  });

  const { relation, columns } = await iceberg.planScan(lake, connection, table.metadata);
  const casts = columns.map((column, index) => `CAST(col${index} AS ${column.duckdbType})`);
  assert.deepEqual(await rows(`SELECT * FROM ${relation}`), await rows(`SELECT ${casts} FROM (${values})`));
});

test('old rows are read through a changed schema, renamed, added, dropped and widened at every depth', async (t) => {
  const { lake, connection, rows } = await icebergLake(t);
  await iceberg.createTable(lake, REF, {
    location: 's3://lake/d/t',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'gone', type: 'string' },
      { name: 'place', type: 'struct<city:string,zip:string>' },
      { name: 'lines', type: 'array<struct<text:string,n:int>>' },
      { name: 'sizes', type: 'map<string,struct<w:int>>' },
    ],
  });
  const old = `{'city': 'Delft', 'zip': '2611'}, [{'text': 'a', 'n': 1}, NULL], MAP {'s': {'w': 3}}`;
  await iceberg.append(lake, connection, REF, {
    select: `SELECT 1, 'x', ${old} UNION ALL SELECT 2, 'y', NULL, NULL, NULL`,
  });
  const before = await iceberg.loadTable(lake, REF);

  const { metadata } = await iceberg.evolve(lake, REF, [
    { change: 'rename', name: 'place.city', to: 'town' },
    { change: 'drop', name: 'place.zip' },
    { change: 'add', name: 'place.zip', type: 'int' },
    { change: 'rename', name: 'lines.element.text', to: 'words' },
    { change: 'widen', name: 'lines.element.n', type: 'bigint' },
    { change: 'rename', name: 'sizes.value.w', to: 'width' },
    { change: 'drop', name: 'gone' },
    { change: 'add', name: 'gone', type: 'bigint', first: true },
    { change: 'rename', name: 'id', to: 'key' },
  ]);

  const now = await iceberg.planScan(lake, connection, metadata);
  const then = await iceberg.planScan(lake, connection, metadata, {
    snapshotId: before.metadata['current-snapshot-id']!,
  });
  assert.deepEqual(await rows(`SELECT to_json(r)::VARCHAR FROM ${now.relation} AS r ORDER BY key`), [
    [
      '{"gone":null,"key":1,"place":{"town":"Delft","zip":null},"lines":[{"words":"a","n":1},null],"sizes":{"s":{"width":3}}}',
    ],
    ['{"gone":null,"key":2,"place":null,"lines":null,"sizes":null}'],
  ]);
  assert.deepEqual(await rows(`SELECT id, gone, place.zip FROM ${then.relation} ORDER BY id`), [
    [1, 'x', '2611'],
    [2, 'y', null],
  ]);
});

test('a table is read as it was at a moment or a snapshot, and refuses times before it', async (t) => {
  const { lake, connection, rows, clock } = await icebergLake(t);
  await iceberg.createTable(lake, REF, { location: 's3://lake/d/t', columns: [{ name: 'id', type: 'int' }] });
  const moments = [];
  for (const id of [1, 2, 3]) {
    clock.now += 1000;
    moments.push(clock.now);
    await iceberg.append(lake, connection, REF, { select: `SELECT ${id}` });
  }
  const { metadata } = await iceberg.loadTable(lake, REF);
  const countAt = async (at: iceberg.AsOf) => {
    const { relation } = await iceberg.planScan(lake, connection, metadata, at);
    return (await rows(`SELECT count(*)::INT FROM ${relation}`))[0]![0];
  };

  const counts = [];
  for (const moment of moments)
    counts.push(await countAt({ asOf: moment }), await countAt({ asOf: moment + 999 }));

  assert.deepEqual(counts, [1, 1, 2, 2, 3, 3]);
  assert.equal(await countAt({ snapshotId: metadata.snapshots[1]!['snapshot-id'] }), 2);
  assert.equal(await countAt({ ref: 'main' }), 3);
  await assert.rejects(countAt({ asOf: moments[0]! - 1 }), { code: 'INVALID_ARGUMENTS' });
  await assert.rejects(countAt({ snapshotId: 5n }), { message: 'Iceberg snapshot ID does not exists: 5' });
});

const DELETES: DataFile = {
  content: CONTENT.equalityDeletes,
  path: 's3://lake/d/t/data/deletes.parquet',
  format: 'PARQUET',
  specId: 0,
  partition: [],
  records: 1,
  bytes: 100,
  columnSizes: new Map(),
  valueCounts: new Map(),
  nullCounts: new Map(),
  nanCounts: new Map(),
  lowerBounds: new Map(),
  upperBounds: new Map(),
  equalityIds: [1],
};

const REFUSED: [what: string, file: Partial<DataFile>, message: RegExp][] = [
  ['equality deletes', {}, /Equality-delete file s3:.*position deletes only/],
  ['deletion vectors', { content: CONTENT.positionDeletes, format: 'PUFFIN' }, /Deletion vector s3:/],
  ['data that is not Parquet', { content: CONTENT.data, format: 'ORC' }, /is of format ORC/],
];

for (const [what, file, message] of REFUSED)
  test(`${what} are refused by name, never ignored`, async (t) => {
    const { lake, connection } = await icebergLake(t);
    await iceberg.createTable(lake, REF, {
      location: 's3://lake/d/t',
      columns: [{ name: 'id', type: 'int' }],
    });
    const { table } = await iceberg.append(lake, connection, REF, { select: 'SELECT 1' });
    const foreign = { ...DELETES, ...file };
    const { metadata } = await commit(lake, table, (current, written) =>
      withSnapshot(lake, current, { operation: 'overwrite', deletes: [foreign] }, written),
    );

    const planning = iceberg.planScan(lake, connection, metadata);

    await assert.rejects(planning, { code: 'NOT_SUPPORTED', message });
  });
