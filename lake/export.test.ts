/** An answer in every format is the same answer: read back by readers that did not write it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { strFromU8, unzipSync } from 'fflate';
import { describe, test } from 'vitest';
import { UsageError } from './errors.ts';
import { exportFormatOf, exportRows, type Rowset } from './export.ts';

const answer: Rowset = {
  columns: [
    { name: 'id', type: 'bigint' },
    { name: 'amount', type: 'decimal' },
    { name: 'share', type: 'double' },
    { name: 'open', type: 'boolean' },
    { name: 'day', type: 'date' },
    { name: 'at', type: 'timestamp' },
    { name: 'note', type: 'varchar' },
    { name: 'id', type: 'integer' },
  ],
  rows: [
    [
      '9007199254740993',
      '149.00',
      '0.5',
      'true',
      '2026-11-30',
      '2026-11-30 16:00:00.123456',
      'a "b", c',
      '1',
    ],
    ['-1', '-0.05', 'NaN', 'false', '1969-12-31', '1969-12-31 23:59:59.000001', '', '2'],
    [null, null, null, null, null, null, null, null],
  ],
};

const textOf = async (rowset: Rowset, format: 'csv' | 'json') =>
  Buffer.from(await exportRows(rowset, format)).toString();

describe('an answer', () => {
  test('in JSON has numbers with every digit, NULL unlike the empty text, and each of two columns of one name', async () => {
    const json = await textOf(answer, 'json');

    assert.match(json, /"id": 9007199254740993,\n\s+"amount": 149\.00,\n\s+"share": 0\.5,\n\s+"open": true,/);
    const [first, second, third] = JSON.parse(json);
    assert.deepEqual([first.id_2, second.note, second.share, third.note], [1, '', 'NaN', null]);
  });

  test('in CSV quotes what needs it, and the empty text so that NULL differs', async () => {
    const lines = (await textOf(answer, 'csv')).split('\n');

    assert.equal(
      lines[1],
      '9007199254740993,149.00,0.5,true,2026-11-30,2026-11-30 16:00:00.123456,"a ""b"", c",1',
    );
    assert.match(lines[2]!, /,"",2$/);
    assert.equal(lines[3], ',,,,,,,');
  });

  test('in Parquet is read by DuckDB with its types and values', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'headwaters-export-'));
    t.onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'answer.parquet');
    writeFileSync(file, await exportRows(answer, 'parquet'));
    const duckdb = await (await DuckDBInstance.create()).connect();
    t.onTestFinished(() => duckdb.closeSync());

    const read = await duckdb.runAndReadAll(
      `select typeof(id), typeof(amount), typeof("day"), typeof("at"), columns(*)::varchar from '${file}'`,
    );

    const rows = read.getRows();
    assert.deepEqual(rows[0]!.slice(0, 4), ['BIGINT', 'DECIMAL(38,2)', 'DATE', 'TIMESTAMP']);
    assert.deepEqual(
      rows.map((row) => row.slice(4)),
      answer.rows.map((row) => row.map((cell) => (cell === 'NaN' ? 'nan' : cell))),
    );
  });

  test('in Excel has numbers, days and times as such, and what Excel would round as text', async () => {
    const sheet = strFromU8(unzipSync(await exportRows(answer, 'xlsx'))['xl/worksheets/sheet1.xml']!);

    const cell = (name: string) => new RegExp(`<c r="${name}"[^>]*?(?:/>|>.*?</c>)`).exec(sheet)?.[0] ?? '';
    assert.match(cell('A2'), /t="(s|inlineStr)"/);
    assert.match(cell('B2'), /<v>149<\/v>/);
    assert.doesNotMatch(cell('B2'), /t="(s|inlineStr)"/);
    assert.match(cell('D2'), /t="b".*<v>1<\/v>/);
    // Day 46,356 of the calendar that begins with 1900.
    assert.match(cell('E2'), /<v>46356<\/v>/);
    assert.match(cell('F2'), /<v>46356\.666/);
    assert.equal(/<v>/.test(cell('A4')), false);
  });

  test('that an Excel sheet cannot hold is refused with what can', async () => {
    const long: Rowset = { columns: [{ name: 'note', type: 'varchar' }], rows: [['x'.repeat(32_768)]] };

    await assert.rejects(
      exportRows(long, 'xlsx'),
      new UsageError(
        'A value of note has 32,768 characters, and a cell of Excel takes 32,767; write .csv or .parquet.',
      ),
    );
  });

  test('goes into a file whose name says its format', () => {
    assert.equal(exportFormatOf('/a/Top 10.XLSX'), 'xlsx');
    assert.throws(() => exportFormatOf('top.xls'), /ends in \.csv, \.json, \.parquet, \.xlsx/);
  });
});
