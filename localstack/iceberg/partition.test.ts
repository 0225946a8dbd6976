/** Partition transforms and specs, on the specification's examples and against DuckDB's own reading of the generated SQL. */
import assert from 'node:assert/strict';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { test } from 'vitest';
import { registerBucketFunctions } from './bucketFunctions.ts';
import {
  applyTransform,
  bindTransform,
  newSpec,
  partitioningText,
  partitionKey,
  partitionValueText,
} from './partition.ts';
import { duckdbType, newSchema } from './schema.ts';
import { parseValue, valueSql } from './values.ts';

const transformed = (transform: string, type: string, text: string) =>
  applyTransform(bindTransform(transform, type, 'c'), parseValue(type, text)!);

test('years, months, days and hours count from 1970, downwards before it', () => {
  const results = ['1969-12-31T23:59:59.999999', '1970-01-01T00:00:00', '2017-11-16T22:31:08'].map((text) =>
    ['year', 'month', 'day', 'hour'].map((transform) => transformed(transform, 'timestamp', text)),
  );

  assert.deepEqual(results, [
    [-1, -1, -1, -1],
    [0, 0, 0, 0],
    [47, 574, 17486, 419686],
  ]);
});

// https://iceberg.apache.org/spec/#truncate-transform-details
test('truncation floors numbers and takes prefixes', () => {
  assert.equal(transformed('truncate[10]', 'int', '1'), 0);
  assert.equal(transformed('truncate[10]', 'int', '-1'), -10);
  assert.equal(transformed('truncate[10]', 'long', '-1'), -10n);
  assert.equal(transformed('truncate[50]', 'decimal(9, 2)', '10.65'), 1050n);
  assert.equal(transformed('truncate[3]', 'string', 'iceberg'), 'ice');
  assert.equal(transformed('truncate[2]', 'string', '😀😀😀'), '😀😀');
  assert.deepEqual(transformed('truncate[3]', 'binary', '0102030405'), Buffer.from('010203', 'hex'));
});

test('partition values are shown as people read them', () => {
  const shown = (transform: string, type: string, text: string) => {
    const bound = bindTransform(transform, type, 'c');
    return partitionValueText(bound, applyTransform(bound, parseValue(type, text)!));
  };

  assert.deepEqual(
    ['year', 'month', 'day', 'hour'].map((transform) => shown(transform, 'timestamp', '1969-02-03T04:05:06')),
    ['1969', '1969-02', '1969-02-03', '1969-02-03-04'],
  );
  assert.equal(shown('truncate[100]', 'decimal(9, 2)', '12.34'), '12.00');
});

const CASES: [transform: string, type: string, values: fc.Arbitrary<string>][] = (() => {
  const integers = fc.integer().map(String);
  const longs = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map(String);
  const instants = fc
    .date({ min: new Date('0002-01-01'), max: new Date('9998-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, -1));
  const dates = instants.map((text) => text.slice(0, 10));
  const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  const decimals = fc.integer({ min: -99999999, max: 99999999 }).map((value) => (value / 100).toFixed(2));
  return [
    ['bucket[16]', 'int', integers],
    ['bucket[16]', 'long', longs],
    ['bucket[16]', 'string', texts],
    ['bucket[16]', 'string', texts.map((text) => `\ufeff${text}`)],
    ['bucket[16]', 'decimal(10, 2)', decimals],
    ['bucket[16]', 'date', dates],
    ['bucket[16]', 'timestamp', instants],
    ['bucket[16]', 'binary', fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('hex'))],
    ['bucket[16]', 'uuid', fc.uuid()],
    ['truncate[7]', 'int', fc.integer({ min: -(2 ** 31) + 7 }).map(String)],
    ['truncate[7]', 'long', longs],
    ['truncate[7]', 'decimal(10, 2)', decimals],
    ...(['year', 'month', 'day'] as const).flatMap((transform) => [
      [transform, 'date', dates] as [string, string, fc.Arbitrary<string>],
      [transform, 'timestamp', instants] as [string, string, fc.Arbitrary<string>],
      [transform, 'timestamptz', instants] as [string, string, fc.Arbitrary<string>],
    ]),
    ['hour', 'timestamp', instants],
    ['hour', 'timestamptz', instants],
    ['identity', 'date', dates],
    ['identity', 'timestamptz', instants],
    ['identity', 'decimal(10, 2)', decimals],
    ['identity', 'double', fc.double({ noNaN: true }).map(String)],
  ];
})();

test('in SQL every transform gives what it gives on a value, whatever the session’s time zone', async (t) => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  t.onTestFinished(() => instance.closeSync());
  await connection.run("SET TimeZone = 'Asia/Kolkata'");
  registerBucketFunctions(connection);

  for (const [name, type, texts] of CASES) {
    const transform = bindTransform(name, type, 'c');
    const key = partitionKey(transform, 'c');
    const samples = fc.sample(texts, 100);
    const values = samples.map((text) => parseValue(type, text)!);
    const rows = values.map((value) => `(${valueSql(type, value, duckdbType(type))})`).join(', ');

    const answer = await connection.runAndReadAll(
      `SELECT (${key.sql})::VARCHAR FROM (VALUES ${rows}) AS v(c)`,
    );

    assert.deepEqual(
      answer.getRowsJS().map(([text]) => key.decode(text as string)),
      values.map((value) => applyTransform(transform, value)),
      `${name} of ${type}`,
    );
  }
});

test('a spec is declared as Athena and as Trino declare it, and shown as Athena does', () => {
  const { schema } = newSchema([
    { name: 'id', type: 'bigint' },
    { name: 'at', type: 'timestamp' },
    { name: 'place', type: 'struct<country:string>' },
  ]);

  const { spec, lastPartitionId } = newSpec(
    [
      'bucket(16, id)',
      'truncate(id, 8)',
      'month(at)',
      'days(at)',
      'place.country',
      'truncate(4, place.country)',
    ],
    schema,
    [],
    999,
  );

  assert.deepEqual(
    spec.fields.map((field) => [field['field-id'], field.name, field.transform]),
    [
      [1000, 'id_bucket', 'bucket[16]'],
      [1001, 'id_trunc', 'truncate[8]'],
      [1002, 'at_month', 'month'],
      [1003, 'at_day', 'day'],
      [1004, 'place.country', 'identity'],
      [1005, 'place.country_trunc', 'truncate[4]'],
    ],
  );
  assert.equal(lastPartitionId, 1005);
  assert.deepEqual(partitioningText(spec, schema), [
    'bucket(16, id)',
    'truncate(8, id)',
    'month(at)',
    'day(at)',
    'place.country',
    'truncate(4, place.country)',
  ]);
});
