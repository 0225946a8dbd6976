/** Athena's CREATE TABLE AS in Trino's words, and the way back from Trino's places to the statement's. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { around, withParameters } from './rewritten.ts';
import { createHead, trinoTable } from './tables.ts';

const defaultLocation = 's3://lake/results/tables/id/';

// https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html#ctas-table-properties
test('a Hive table is Parquet below the results unless it says otherwise', () => {
  assert.deepEqual(trinoTable({}, defaultLocation), {
    catalog: 'awsdatacatalog',
    location: defaultLocation,
    properties: { format: "'PARQUET'", external_location: `'${defaultLocation}'` },
    session: {},
    afterwards: {},
  });
});

test("a Hive table's properties have other names in Trino, or are in the session", () => {
  const table = trinoTable(
    {
      table_type: 'HIVE',
      format: 'textfile',
      field_delimiter: '|',
      write_compression: 'ZSTD',
      external_location: 's3://lake/t',
      partitioned_by: ['Day'],
      bucketed_by: ['Id'],
      bucket_count: 3,
    },
    defaultLocation,
  );

  assert.deepEqual(table.properties, {
    format: "'TEXTFILE'",
    external_location: "'s3://lake/t/'",
    partitioned_by: "ARRAY['day']",
    bucketed_by: "ARRAY['id']",
    bucket_count: '3',
    textfile_field_separator: "'|'",
  });
  assert.deepEqual(table.session, { 'awsdatacatalog.compression_codec': 'ZSTD' });
});

// https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
test('an Iceberg table keeps the properties that only OPTIMIZE and VACUUM read', () => {
  const table = trinoTable(
    {
      table_type: 'ICEBERG',
      is_external: false,
      location: 's3://lake/t/',
      format: 'parquet',
      partitioning: ['bucket(id, 4)'],
      write_compression: 'GZIP',
      vacuum_min_snapshots_to_keep: 3,
    },
    defaultLocation,
  );

  assert.deepEqual(table, {
    catalog: 'iceberg',
    location: 's3://lake/t/',
    properties: {
      format: "'PARQUET'",
      location: "'s3://lake/t/'",
      partitioning: "ARRAY['bucket(id, 4)']",
      extra_properties: "MAP(ARRAY['vacuum_min_snapshots_to_keep'], ARRAY['3'])",
    },
    session: { 'iceberg.compression_codec': 'GZIP' },
    afterwards: { 'write.parquet.compression-codec': 'gzip' },
  });
});

test('properties that Athena does not take are refused by name', () => {
  assert.throws(() => trinoTable({ colour: 'red' }, defaultLocation), /'colour' does not exist/);
  assert.throws(
    () => trinoTable({ format: 'CSV' }, defaultLocation),
    /format is 'CSV'; allowed: PARQUET, ORC/,
  );
  assert.throws(() => trinoTable({ write_compression: 'bzip2' }, defaultLocation), /'bzip2'; allowed: none/);
  assert.throws(
    () => trinoTable({ table_type: 'ICEBERG', partitioned_by: ['a'] }, defaultLocation),
    /'partitioned_by' is for Hive tables/,
  );
});

test('the head of the statement quotes its names and texts', () => {
  const head = createHead({
    name: ['iceberg', 'd', 'a"b'],
    columnNames: ['x'],
    comment: "it's",
    properties: { format: "'PARQUET'" },
  });

  assert.equal(head, `CREATE TABLE "iceberg"."d"."a""b" ("x") COMMENT 'it''s' WITH (format = 'PARQUET') AS`);
});

test('places in a rewritten statement are those of the statement as it was sent', () => {
  const { sql, placeOf } = around(
    'CREATE TABLE t AS',
    { text: 'SELECT 1,\n  nope', position: { line: 3, column: 9 } },
    'WITH NO DATA',
  );

  assert.equal(sql, 'CREATE TABLE t AS\nSELECT 1,\n  nope\nWITH NO DATA');
  assert.deepEqual(placeOf({ line: 2, column: 8 }), { line: 3, column: 16 });
  assert.deepEqual(placeOf({ line: 3, column: 3 }), { line: 4, column: 3 });
  assert.equal(placeOf({ line: 1, column: 14 }), undefined);
  assert.equal(placeOf({ line: 4, column: 1 }), undefined);
});

test('parameters are put in by Trino, whose places are those of the inner statement', () => {
  const statement = around('', { text: "SELECT 'a', ?", position: { line: 1, column: 1 } });

  assert.equal(withParameters(statement, []).sql, "SELECT 'a', ?");
  assert.equal(
    withParameters(statement, ['1', "'x'"]).sql,
    "EXECUTE IMMEDIATE 'SELECT ''a'', ?' USING 1, 'x'",
  );
});
