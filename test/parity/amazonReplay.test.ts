/** How a statement of the pipeline becomes one that Trino runs on tables next to the study's own. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { asTheyRan, createTableAs, redirect, rowsFault } from './amazonReplay.ts';

test('tables of the study are redirected, what is read from files is not, and texts stay as they are', () => {
  const sql = redirect(
    `SELECT 'amazon_gold' FROM amazon_silver.orders, "amazon_gold"."dim_date", amazon_bronze.records, amazon_quarantine.records, "amazon_quarantine"."refused" -- amazon_marts`,
  );

  assert.equal(
    sql,
    `SELECT 'amazon_gold' FROM trino_silver.orders, "trino_gold"."dim_date", amazon_bronze.records, amazon_quarantine.records, "trino_quarantine"."refused" -- amazon_marts`,
  );
});

test('a stage is made in Trino’s catalog, at a place of its own, without the properties that are Athena’s', () => {
  const sql = createTableAs(
    redirect(
      `CREATE TABLE "amazon_stage"."t"\nWITH (table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'ZSTD', location = 's3://headwaters-lake-000000000000-us-east-1/stage/t')\nAS\nSELECT 1 AS a`,
    ),
  );

  assert.equal(
    sql,
    `CREATE TABLE iceberg."trino_stage"."t"\nWITH (format = 'PARQUET', location = 's3://headwaters-lake-000000000000-us-east-1/trino/stage/t')\nAS\nSELECT 1 AS a`,
  );
});

test('answers are compared as bags; a double may differ in its last digits, a text may not', () => {
  const theirs = {
    columns: [],
    rows: [
      [2, 'b'],
      [0.1 + 0.2, 'a'],
    ],
  };

  assert.equal(
    rowsFault(
      [
        ['0.3', 'a'],
        ['2', 'b'],
      ],
      theirs,
    ),
    undefined,
  );
  assert.match(
    rowsFault(
      [
        ['0.3', 'a'],
        ['2', 'c'],
      ],
      theirs,
    ) ?? '',
    /^ours/,
  );
  assert.match(rowsFault([['0.3', 'a']], theirs) ?? '', /^ours/);
});

test('what ran after another runs after it again, what ran at the same time at the same time', async () => {
  const taken = [
    { name: 'a', submittedAt: 0, endedAt: 5 },
    { name: 'b', submittedAt: 1, endedAt: 3 },
    { name: 'c', submittedAt: 4, endedAt: 6 },
    { name: 'd', submittedAt: 5, endedAt: 7 },
  ];
  const log: string[] = [];
  const ends = new Map<string, () => void>();

  const replayed = asTheyRan(taken, async ({ name }) => {
    log.push(`${name} begins`);
    await new Promise<void>((end) => ends.set(name, end));
    log.push(`${name} ends`);
  });
  for (const name of ['b', 'a', 'c', 'd']) {
    await new Promise((resolve) => setImmediate(resolve));
    ends.get(name)!();
  }
  await replayed;

  assert.deepEqual(log, [
    'a begins',
    'b begins',
    'b ends',
    'c begins',
    'a ends',
    'd begins',
    'c ends',
    'd ends',
  ]);
});
