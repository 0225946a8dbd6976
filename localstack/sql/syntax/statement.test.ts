/** Each kind of statement becomes one parsed shape; what is wrong fails with its place. Forms: Athena's SQL reference. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { countParameters, parseStatement, SqlError } from '../index.ts';

const PARSED_ELSEWHERE = new Set(['position', 'query']);

/** A statement as plain data, without places and the inside of queries. */
const shape = (sql: string) =>
  JSON.parse(
    JSON.stringify(parseStatement(sql), (key, value) => (PARSED_ELSEWHERE.has(key) ? undefined : value)),
  );

test('an Iceberg table has transforms, a location and properties', () => {
  const statement = shape(
    "CREATE TABLE IF NOT EXISTS db.t (Id int, tags array<struct<a:int, b:decimal(10, 2)>> COMMENT 'c', ts timestamp) PARTITIONED BY (day(ts), bucket(4, id), truncate(3, name), region) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type'='ICEBERG', 'format'='parquet')",
  );

  assert.deepEqual(statement, {
    kind: 'create-table',
    name: { parts: ['db', 't'] },
    ifNotExists: true,
    columns: [
      { name: 'id', type: 'int' },
      { name: 'tags', type: 'array<struct<a:int,b:decimal(10,2)>>', comment: 'c' },
      { name: 'ts', type: 'timestamp' },
    ],
    partitionedBy: [
      { transform: 'day', column: 'ts' },
      { transform: 'bucket', column: 'id', argument: 4 },
      { transform: 'truncate', column: 'name', argument: 3 },
      { transform: 'identity', column: 'region' },
    ],
    location: 's3://b/t/',
    properties: { table_type: 'ICEBERG', format: 'parquet' },
  });
});

// Hive's strings: https://cwiki.apache.org/confluence/display/Hive/LanguageManual+Types#LanguageManualTypes-Strings,
// written so in https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
test('strings of DDL are in either kind of quotes and have escapes', () => {
  const { rowFormat, properties, location } = shape(
    String.raw`CREATE EXTERNAL TABLE t (a int) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' WITH SERDEPROPERTIES ("separatorChar" = '\t', 'quoteChar' = '\"', 'escapeChar' = '\\', 'x' = '\001\u0041\%') LOCATION "s3://b/t/" TBLPROPERTIES ("skip.header.line.count" = "1")`,
  );

  assert.deepEqual(rowFormat.serdeProperties, {
    separatorChar: '\t',
    quoteChar: '"',
    escapeChar: '\\',
    x: '\u0001A\\%',
  });
  assert.deepEqual(properties, { 'skip.header.line.count': '1' });
  assert.equal(location, 's3://b/t/');
  assert.throws(() => parseStatement('CREATE EXTERNAL TABLE "t" (a int) LOCATION "s3://b/t/"'), SqlError);
});

// PyAthena, tests/pyathena/sqlalchemy/test_base.py, test_create_table_with_special_character_comments
test('in Hive’s DDL a backslash keeps a quote from ending a text, in Trino’s statements it is a character', () => {
  const comment = `%str% %(parameter)s "s''t'r" \\`;
  const escaped = comment.replaceAll('\\', '\\\\').replaceAll("'", "\\'");

  for (const sql of [
    `CREATE EXTERNAL TABLE t (col varchar(10) COMMENT '${escaped}') COMMENT '${escaped}' LOCATION 's3://b/t/'`,
    `CREATE TABLE t (col string COMMENT '${escaped}') COMMENT '${escaped}' LOCATION 's3://b/t/' TBLPROPERTIES ('table_type' = 'ICEBERG')`,
  ]) {
    const table = shape(sql);
    assert.equal(table.columns[0].comment, comment);
    assert.equal(table.comment, comment);
  }
  const added = shape(`ALTER TABLE t ADD COLUMNS (c string COMMENT "a \\"b\\"")`);
  assert.equal(added.change.columns[0].comment, 'a "b"');
  const query = shape(`CREATE TABLE t (n) WITH (format = 'PARQUET') AS SELECT '\\' AS n, 'x' AS m`);
  assert.equal(query.kind, 'ctas');
  assert.equal(shape(`SELECT '\\', 'x'`).kind, 'query');
});

test('an external table has a serde, partitions and projection properties', () => {
  const statement = shape(
    "CREATE EXTERNAL TABLE `db`.`logs` (`a` string) PARTITIONED BY (dt string, hour int) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' WITH SERDEPROPERTIES ('x'='y') STORED AS TEXTFILE LOCATION 's3://b/l/' TBLPROPERTIES ('projection.enabled'='true')",
  );

  assert.deepEqual(statement, {
    kind: 'create-external-table',
    name: { parts: ['db', 'logs'] },
    ifNotExists: false,
    columns: [{ name: 'a', type: 'string' }],
    partitionedBy: [
      { name: 'dt', type: 'string' },
      { name: 'hour', type: 'int' },
    ],
    rowFormat: { serde: 'org.apache.hive.hcatalog.data.JsonSerDe', serdeProperties: { x: 'y' } },
    storedAs: { format: 'TEXTFILE' },
    location: 's3://b/l/',
    properties: { 'projection.enabled': 'true' },
  });
});

// Hive keeps the characters that the escapes stand for (BaseSemanticAnalyzer.RowFormatParams).
test('delimited rows keep the names of Hive for their delimiters', () => {
  const statement = shape(
    "CREATE EXTERNAL TABLE t (a int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n' LOCATION 's3://b/'",
  );

  assert.deepEqual(statement.rowFormat, {
    serdeProperties: {},
    delimited: { 'field.delim': ',', 'escape.delim': '\\', 'line.delim': '\n' },
  });
});

test('CTAS keeps the text of its query and the literals of its properties', () => {
  const statement = shape(
    "CREATE TABLE a.b WITH (table_type = 'ICEBERG', is_external = false, partitioning = ARRAY['month(d)'], bucket_count = 3) AS SELECT 1 AS x, DATE '2024-01-01' AS d",
  );

  assert.deepEqual(statement, {
    kind: 'ctas',
    name: { parts: ['a', 'b'] },
    ifNotExists: false,
    properties: { table_type: 'ICEBERG', is_external: false, partitioning: ['month(d)'], bucket_count: 3 },
    queryText: "SELECT 1 AS x, DATE '2024-01-01' AS d",
    withData: true,
  });
  assert.equal(shape('CREATE TABLE t AS SELECT 1 AS x WITH NO DATA').withData, false);
});

test('MERGE has its clauses in order', () => {
  const statement = shape(
    "MERGE INTO t AS x USING s ON x.id = s.id WHEN MATCHED AND s.op = 'D' THEN DELETE WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, s.a)",
  );

  assert.equal(statement.alias, 'x');
  assert.deepEqual(
    statement.clauses.map(
      (clause: { when: string; action: { kind: string } }) => `${clause.when}: ${clause.action.kind}`,
    ),
    ['matched: delete', 'matched: update', 'not matched: insert'],
  );
});

test('ALTER TABLE adds and drops partitions, columns and properties', () => {
  const change = (sql: string) => shape(sql).change;

  assert.deepEqual(
    change(
      "ALTER TABLE t ADD IF NOT EXISTS PARTITION (dt='1', h=2) LOCATION 's3://x' PARTITION (dt='2', h=3)",
    ),
    {
      action: 'add-partitions',
      ifNotExists: true,
      partitions: [
        {
          values: [
            { column: 'dt', value: '1' },
            { column: 'h', value: '2' },
          ],
          location: 's3://x',
        },
        {
          values: [
            { column: 'dt', value: '2' },
            { column: 'h', value: '3' },
          ],
        },
      ],
    },
  );
  assert.deepEqual(change("ALTER TABLE t DROP PARTITION (dt='1')"), {
    action: 'drop-partitions',
    ifExists: false,
    partitions: [[{ column: 'dt', value: '1' }]],
  });
  assert.deepEqual(change('ALTER TABLE t ADD COLUMNS (a int, b string)'), {
    action: 'add-columns',
    columns: [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'string' },
    ],
  });
  assert.deepEqual(change('ALTER TABLE t CHANGE COLUMN a b bigint AFTER c'), {
    action: 'change-column',
    from: 'a',
    column: { name: 'b', type: 'bigint' },
    place: { after: 'c' },
  });
  assert.deepEqual(change('ALTER TABLE t DROP column a'), {
    action: 'drop-column',
    column: 'a',
    written: { drop: 'DROP', column: 'column', at: 19 },
  });
  assert.deepEqual(change("ALTER TABLE t SET TBLPROPERTIES ('k'='v')"), {
    action: 'set-properties',
    properties: { k: 'v' },
  });
});

test('the small statements are recognised', () => {
  const kinds: readonly (readonly [sql: string, expected: object])[] = [
    ['SELECT 1;', { kind: 'query', queryText: 'SELECT 1' }],
    ['DROP TABLE IF EXISTS a.b', { kind: 'drop-table', name: { parts: ['a', 'b'] }, ifExists: true }],
    ['DROP VIEW v', { kind: 'drop-view', name: { parts: ['v'] }, ifExists: false }],
    [
      "CREATE DATABASE IF NOT EXISTS d COMMENT 'c' LOCATION 's3://b/'",
      {
        kind: 'create-database',
        name: 'd',
        ifNotExists: true,
        comment: 'c',
        location: 's3://b/',
        properties: {},
      },
    ],
    ['DROP SCHEMA d CASCADE', { kind: 'drop-database', name: 'd', ifExists: false, cascade: true }],
    ['MSCK REPAIR TABLE t', { kind: 'msck', name: { parts: ['t'] } }],
    ['VACUUM t', { kind: 'vacuum', name: { parts: ['t'] } }],
    ["SHOW TABLES IN d 'a*'", { kind: 'show', what: 'tables', database: 'd', like: 'a*' }],
    ['SHOW PARTITIONS d.t', { kind: 'show', what: 'partitions', name: { parts: ['d', 't'] } }],
    ['SHOW COLUMNS IN t IN d', { kind: 'show', what: 'columns', name: { parts: ['d', 't'] } }],
    ['DESCRIBE EXTENDED d.t', { kind: 'describe', name: { parts: ['d', 't'] }, mode: 'extended' }],
    [
      "UNLOAD (SELECT 1) TO 's3://b/' WITH (format = 'PARQUET')",
      { kind: 'unload', queryText: 'SELECT 1', location: 's3://b/', properties: { format: 'PARQUET' } },
    ],
    [
      'PREPARE p FROM SELECT ? + ?',
      { kind: 'prepare', name: 'p', statementText: 'SELECT ? + ?', parameterCount: 2 },
    ],
    ["EXECUTE p USING 1, 'it''s'", { kind: 'execute', name: 'p', using: ['1', "'it''s'"] }],
    ['DEALLOCATE PREPARE p', { kind: 'deallocate', name: 'p' }],
    ['USE d', { kind: 'use', database: 'd' }],
  ];

  for (const [sql, expected] of kinds) assert.deepEqual(shape(sql), expected, sql);
});

test('keywords in strings, names and comments change nothing', () => {
  const statement = shape('SELECT \'DROP TABLE t; --\' AS "DELETE" /* INSERT */ -- UPDATE\n');

  assert.equal(statement.kind, 'query');
  assert.equal(countParameters('SELECT \'?\' , "?", ? -- ?'), 1);
});

test('a fault is said with line, column and what was expected', () => {
  const fault = (sql: string) => {
    try {
      parseStatement(sql);
    } catch (error) {
      assert.ok(error instanceof SqlError);
      return error.message;
    }
    throw new Error(`parsed: ${sql}`);
  };

  assert.equal(fault('SELECT *\nFORM t'), "line 2:1: mismatched input 'FORM'. Expecting: <EOF>");
  assert.equal(fault('SELECT FROM t'), "line 1:8: mismatched input 'FROM'. Expecting: <expression>");
  assert.equal(fault('SELECT 1; SELECT 2'), 'line 1:11: Only one sql statement is allowed. Got: several');
  assert.match(fault("SELECT 'open"), /^line 1:8: .*closing ' is missing/);
  assert.match(fault('SELECT 1 FROM t NATURAL JOIN u'), /NATURAL JOIN is not in the verified list/);
  assert.match(fault('CREATE TABLE t (a jsonb)'), /'jsonb' is not a type/);
});

// https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html; for VACUUM https://github.com/dbt-labs/dbt-athena/pull/191
test('names are in backticks in DDL, and in double quotes everywhere else', () => {
  for (const sql of [
    'DROP TABLE `d`.`t`',
    'VACUUM `t`',
    'SELECT "a" FROM "t"',
    'CREATE TABLE "t" AS SELECT 1 AS a',
  ])
    assert.ok(parseStatement(sql), sql);
  for (const [sql, message] of [
    ['DROP TABLE "d"."t"', /^line 1:12: mismatched input '"d"'\. DDL takes names in backticks/],
    ['VACUUM "t"', /^line 1:1: mismatched input 'VACUUM'/],
    ['ALTER TABLE d."t" DROP COLUMN a', /^line 1:15: no viable alternative at input 'ALTER TABLE d\."t"'/],
  ] as const)
    assert.throws(() => parseStatement(sql), { message }, sql);
  for (const sql of ['SELECT `a` FROM t', 'CREATE TABLE `t` AS SELECT 1 AS a', 'DELETE FROM `t`'])
    assert.throws(
      () => parseStatement(sql),
      /backquoted identifiers are not supported; use double quotes/,
      sql,
    );
});

test('queries nested fifty deep are read, each once', () => {
  const depth = 50;
  const right = `${'SELECT * FROM ('.repeat(depth)}SELECT 1${') q'.repeat(depth)}`;

  assert.equal(parseStatement(right).kind, 'query');
  assert.throws(
    () => parseStatement(right.replace('SELECT 1', 'SELECT 1 FROM')),
    /mismatched input '\)'\. Expecting: <identifier>/,
  );
});

test('a parenthesis holds a query, a query in parentheses, or tables that are joined', () => {
  const fromOf = (sql: string) => {
    const { body } = (parseStatement(sql) as { query: { body: { from: { kind: string } } } }).query;
    return body.from.kind;
  };

  assert.equal(fromOf('SELECT * FROM (SELECT 1)'), 'subquery');
  assert.equal(fromOf('SELECT * FROM ((SELECT 1) UNION (SELECT 2))'), 'subquery');
  assert.equal(fromOf('SELECT * FROM ((SELECT 1) AS a CROSS JOIN b)'), 'join');
  assert.equal(fromOf('SELECT * FROM (a CROSS JOIN b)'), 'join');
  assert.equal(fromOf('SELECT * FROM ("SELECT" CROSS JOIN b)'), 'join');
});
