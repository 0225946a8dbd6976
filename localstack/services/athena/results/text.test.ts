/** Texts as Java and Trino print them, which is what Athena writes into results. */
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import { test } from 'vitest';
import { parseType } from '../../../sql/types.ts';
import { doubleText, realText, valueText } from './text.ts';

// Java's Double.toString: https://docs.oracle.com/en/java/javase/24/docs/api/java.base/java/lang/Double.html#toString(double)
test('doubles are plain between 1e-3 and 1e7 and scientific outside', () => {
  const texts = [1, 0.1, 1e-3, 9999999, 1e7, 12345678.9, 9.99e-4, -0, 1e300, Number.NaN, -Infinity].map(
    doubleText,
  );

  assert.deepEqual(texts, [
    '1.0',
    '0.1',
    '0.001',
    '9999999.0',
    '1.0E7',
    '1.23456789E7',
    '9.99E-4',
    '-0.0',
    '1.0E300',
    'NaN',
    '-Infinity',
  ]);
});

test('a real has the fewest digits that give the same float back', () => {
  const texts = [0.1, 3.4028235e38, 16777216, 1.1e-5].map((value) => realText(Math.fround(value)));

  assert.deepEqual(texts, ['0.1', '3.4028235E38', '1.6777216E7', '1.1E-5']);
});

// Athena's user guide shows arrays, maps and rows in these forms (querying arrays, querying maps).
test('values of every type are written as Athena shows them', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const shown = async (sql: string, type: string, zone?: string) => {
    const rows = (await connection.runAndReadAll(`SELECT ${sql}`)).getRows();
    return valueText(parseType(type), zone)(rows[0]![0]!);
  };

  assert.equal(await shown('[1, NULL, 3]', 'array(integer)'), '[1, null, 3]');
  assert.equal(await shown("MAP {'a': 1.5::DECIMAL(3,2)}", 'map(varchar,decimal(3,2))'), '{a=1.50}');
  assert.equal(await shown("{'x': 1, 'y': ['p']}", 'row("x" integer,"y" array(varchar))'), '{x=1, y=[p]}');
  assert.equal(await shown("'hi'::BLOB", 'varbinary'), '68 69');
  assert.equal(await shown("TIMESTAMP '1969-12-31 23:59:59.5'", 'timestamp(3)'), '1969-12-31 23:59:59.500');
  assert.equal(
    await shown("TIMESTAMP '2024-01-02 03:04:05.123456'", 'timestamp(6)'),
    '2024-01-02 03:04:05.123456',
  );
  assert.equal(
    await shown("TIMESTAMPTZ '2024-07-01 00:00:00+00'", 'timestamp(3) with time zone', 'America/New_York'),
    '2024-06-30 20:00:00.000 America/New_York',
  );
  assert.equal(await shown("DATE '2024-02-29'", 'date'), '2024-02-29');
  assert.equal(await shown("TIME '01:02:03'", 'time(3)'), '01:02:03.000');
  assert.equal(await shown("INTERVAL '26 hours'", 'interval day to second'), '1 02:00:00.000');
  assert.equal(await shown('true', 'boolean'), 'true');
  assert.equal(
    await shown('12345678901234567890.12::DECIMAL(38,2)', 'decimal(38,2)'),
    '12345678901234567890.12',
  );
  connection.closeSync();
});
