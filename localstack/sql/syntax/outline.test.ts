/** Outlines of statements whose query nobody here reads. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { outlineOf } from './outline.ts';

test('a query is taken whole, comments included, without its semicolon', () => {
  const outline = outlineOf(
    '-- why\nSELECT * FROM t MATCH_RECOGNIZE (PATTERN (^ a b? $) DEFINE b AS true) ;',
  );

  assert.deepEqual(outline, {
    kind: 'query',
    whole: {
      text: '-- why\nSELECT * FROM t MATCH_RECOGNIZE (PATTERN (^ a b? $) DEFINE b AS true)',
      position: { line: 1, column: 1 },
    },
  });
});

test('text that only Trino reads may be in a query', () => {
  const outline = outlineOf(`SELECT U&'\\00e9' UESCAPE '\\', U&'!0061' /* ! */ UESCAPE '!' FROM t`);

  assert.equal(outline?.kind, 'query');
});

test('a change of rows tells its table', () => {
  const kinds = [
    'INSERT INTO a.b SELECT 1',
    'MERGE INTO a.b AS t USING s ON true WHEN MATCHED THEN DELETE',
    'UPDATE a.b SET x = 1',
    'DELETE FROM a.b',
  ].map((sql) => outlineOf(sql.replace('DELETE FROM a.b', 'DELETE FROM a.b WHERE x > 1')));

  assert.deepEqual(
    kinds.map((outline) => [
      outline?.kind,
      outline && 'name' in outline && (outline.name as { parts: unknown }).parts,
    ]),
    [
      ['insert', ['a', 'b']],
      ['merge', ['a', 'b']],
      ['update', ['a', 'b']],
      ['delete', ['a', 'b']],
    ],
  );
});

test('a DELETE of all rows needs nothing after its table', () => {
  assert.equal(outlineOf('DELETE FROM a.b;')?.kind, 'delete');
});

test('CREATE TABLE AS is cut into its head, its query and WITH NO DATA', () => {
  const outline =
    outlineOf(`CREATE TABLE IF NOT EXISTS d.t (a, b) COMMENT 'c' WITH (format = 'ORC', bucket_count = 4)
  AS WITH x AS (SELECT 1) SELECT * FROM x WITH NO DATA`);

  assert.deepEqual(outline, {
    kind: 'ctas',
    name: { parts: ['d', 't'], position: { line: 1, column: 28 } },
    ifNotExists: true,
    columnNames: ['a', 'b'],
    comment: 'c',
    properties: { format: 'ORC', bucket_count: 4 },
    query: { text: 'WITH x AS (SELECT 1) SELECT * FROM x', position: { line: 2, column: 6 } },
    withData: false,
  });
});

test('a view, an UNLOAD and a prepared statement give their query and its place', () => {
  const outlines = [
    'CREATE OR REPLACE VIEW d.v AS SELECT 1 AS a',
    "UNLOAD (SELECT (1) AS a) TO 's3://b/f/' WITH (format = 'JSON')",
    'PREPARE p FROM INSERT INTO t VALUES (?)',
  ].map((sql) => outlineOf(sql));

  assert.deepEqual(outlines, [
    {
      kind: 'create-view',
      name: { parts: ['d', 'v'], position: { line: 1, column: 24 } },
      orReplace: true,
      query: { text: 'SELECT 1 AS a', position: { line: 1, column: 31 } },
    },
    {
      kind: 'unload',
      query: { text: 'SELECT (1) AS a', position: { line: 1, column: 9 } },
      location: 's3://b/f/',
      properties: { format: 'JSON' },
    },
    {
      kind: 'prepare',
      name: 'p',
      statement: { text: 'INSERT INTO t VALUES (?)', position: { line: 1, column: 16 } },
    },
  ]);
});

test('EXECUTE gives its values as written', () => {
  assert.deepEqual(outlineOf(`EXECUTE p USING 'a, b', row(1, 2), -3`), {
    kind: 'execute',
    name: 'p',
    using: ["'a, b'", 'row(1, 2)', '-3'],
  });
});

test('EXPLAIN gives the statement that it explains, and nothing for DDL', () => {
  const explained = outlineOf('EXPLAIN ANALYZE (FORMAT JSON, TYPE IO) (SELECT 1)');
  const ddl = outlineOf('EXPLAIN DROP TABLE t');

  assert.deepEqual(explained, {
    kind: 'explain',
    head: 'EXPLAIN ANALYZE (FORMAT JSON, TYPE IO)',
    statement: { kind: 'query', whole: { text: '(SELECT 1)', position: { line: 1, column: 40 } } },
    inner: { text: '(SELECT 1)', position: { line: 1, column: 40 } },
  });
  assert.deepEqual(ddl, {
    kind: 'explain',
    head: 'EXPLAIN',
    inner: { text: 'DROP TABLE t', position: { line: 1, column: 9 } },
  });
});

test("what is the catalog's has no outline", () => {
  const outlines = [
    'CREATE EXTERNAL TABLE t (a int) LOCATION "s3://b/"',
    "CREATE TABLE t (a int) TBLPROPERTIES ('table_type' = 'ICEBERG')",
    'CREATE DATABASE d',
    'DROP TABLE t',
    'SHOW TABLES',
    'VACUUM t',
  ].map((sql) => outlineOf(sql));

  assert.deepEqual(new Set(outlines), new Set([undefined]));
});

test('two statements, or none, are mistakes', () => {
  assert.throws(() => outlineOf('SELECT 1; SELECT 2'), /mismatched input 'SELECT'/);
  assert.throws(() => outlineOf('CREATE TABLE t AS'), /mismatched input '<EOF>'/);
  assert.throws(() => outlineOf("SELECT 'open"), /closing ' is missing/);
});
