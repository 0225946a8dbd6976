/** The shell over a lake that answers from a list: what is typed, what is run, what is printed. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, test } from 'vitest';
import { type AskOptions, QueryFailedError, type QueryResult } from '../../lake/ask.ts';
import type { CatalogTable } from '../../lake/catalog.ts';
import type { Lake } from '../../lake/lake.ts';
import { complete } from './complete.ts';
import { runShell } from './shell.ts';

const sales: CatalogTable = {
  database: 'amazon_gold',
  name: 'fact_sales',
  kind: 'table',
  description: 'One row per line of an order.',
  columns: [
    { name: 'order_id', type: 'string', comment: 'Order.' },
    { name: 'amount', type: 'decimal(18,2)', comment: 'Price times quantity.' },
  ],
};

const answer: QueryResult = {
  columns: [
    { name: 'order_id', type: 'varchar' },
    { name: 'amount', type: 'decimal' },
  ],
  rows: [['o-1', null]],
  statistics: { milliseconds: 12, scannedBytes: 2_500 },
  queryExecutionId: 'q',
};

/** Types the lines, and gives what was asked of the lake and what was printed. */
async function typed(...lines: string[]) {
  const asked: { sql: string; database: string | undefined }[] = [];
  const lake = {
    catalog: async () => [sales],
    askExplained: async (sql: string, { database }: AskOptions = {}) => {
      asked.push({ sql, database });
      if (sql.includes('nothing')) throw new QueryFailedError(sql, 'TABLE_NOT_FOUND: nothing');
      return answer;
    },
  } as unknown as Lake;
  const input = new PassThrough();
  const output = new PassThrough();
  input.end(lines.map((line) => `${line}\n`).join(''));
  const failed = await runShell(lake, { input, output, interactive: false, historyFile: '/nowhere' });
  output.end();
  return {
    asked: asked.map(({ sql }) => sql),
    databases: asked.map(({ database }) => database),
    failed,
    shown: String(output.read() ?? ''),
  };
}

describe('the shell', () => {
  test('runs a statement when its semicolon comes, whatever lines it takes', async () => {
    const { asked } = await typed("select ';'", '  -- not; here', 'from a; select 2', ';', 'select 3');

    assert.deepEqual(asked, ["select ';'\n  -- not; here\nfrom a", 'select 2', 'select 3']);
  });

  test('prints rows, NULL as such, and what the statement took', async () => {
    const { shown } = await typed('select 1;');

    assert.equal(
      shown,
      'order_id  amount\n────────  ──────\no-1         NULL\n(1 row, 12 ms, 2.5 KB scanned)\n',
    );
  });

  test('goes on after a statement that failed, and counts it', async () => {
    const { shown, failed, asked } = await typed('select nothing;', '\\timing off', 'select 1;');

    assert.match(shown, /^error: TABLE_NOT_FOUND: nothing\n/);
    assert.match(shown, /NULL\n$/);
    assert.deepEqual([failed, asked.length], [1, 2]);
  });

  test('lists tables with \\d, describes one with \\d and its name, and shows values line by line with \\x', async () => {
    const { shown } = await typed('\\d', '\\d fact_sales', '\\x on', 'select 1;', '\\d nowhere');

    assert.match(shown, /amazon_gold\.fact_sales {2}table {8}2 {2}One row per line of an order\./);
    assert.match(shown, /order_id {2}string {9}Order\.\namount {4}decimal\(18,2\) {2}Price times quantity\./);
    assert.match(shown, /─\[ 1 \]─+\norder_id │ o-1\namount {3}│ NULL/);
    assert.match(shown, /error: There is no table 'nowhere'; \\d lists those there are\./);
  });

  test('asks in the database that \\c names', async () => {
    const { databases, shown } = await typed('\\c amazon_gold', 'select 1;', '\\c gold');

    assert.deepEqual(databases, ['amazon_gold']);
    assert.match(shown, /no database 'gold' with tables; there is: amazon_gold/);
  });

  test('writes the last result where \\o says, in the format of the name', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'headwaters-shell-'));
    t.onTestFinished(() => rmSync(folder, { recursive: true }));
    const files = ['a.csv', 'a.json', 'a.parquet', 'a.xlsx'].map((name) => join(folder, name));

    const { shown } = await typed(
      '\\o early.csv',
      'select 1;',
      ...files.map((file) => `\\o ${file}`),
      '\\o a.doc',
    );

    assert.match(shown, /error: There is no result yet/);
    assert.match(shown, /error: 'a\.doc' does not say how to write it/);
    assert.equal(readFileSync(files[0]!, 'utf8'), 'order_id,amount\no-1,\n');
    assert.ok(files.every((file) => existsSync(file)));
  });
});

describe('completion', () => {
  const offered = (line: string, before = '') =>
    complete(line, { catalog: [sales], database: 'amazon_gold', before })[0];

  test('offers tables with and without their database, and keywords', () => {
    assert.deepEqual(offered('select * from fa'), ['fact_sales']);
    assert.deepEqual(offered('select * from amazon_gold.f'), ['amazon_gold.fact_sales']);
    assert.deepEqual(offered('sel'), ['select']);
  });

  test('offers the columns of the tables that the statement names, also under an alias', () => {
    assert.deepEqual(offered('  am', 'select order_id\nfrom fact_sales'), [
      'amazon_gold',
      'amazon_gold.fact_sales',
      'amount',
    ]);
    assert.deepEqual(offered('select s.or', 'from fact_sales as s'), ['s.order_id']);
  });

  test('offers the commands of the shell and their tables', () => {
    assert.deepEqual(offered('\\ti'), ['\\timing']);
    assert.deepEqual(offered('\\d fact'), ['fact_sales']);
  });
});
