/** Statements of every family that Athena knows, to be run on both of its engines over one lake. */

/** `$t` is the engine's own name, so that both can write; `$lake` is the folder of the lake. */
export interface Family {
  readonly title: string;
  readonly statements: readonly string[];
}

/** Makes what the statements read; run once, before any engine is asked. */
export const setup: readonly string[] = [
  'CREATE DATABASE families',
  `CREATE EXTERNAL TABLE families.people (id bigint, name string, tags array<string>, born date, score double)
    PARTITIONED BY (day string) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION '$lake/people/'`,
  'MSCK REPAIR TABLE families.people',
  `CREATE TABLE families.sales (id int, amount decimal(10,2), at timestamp, kind string)
    PARTITIONED BY (day(at)) LOCATION '$lake/sales/' TBLPROPERTIES ('table_type' = 'ICEBERG')`,
  `INSERT INTO families.sales VALUES (1, DECIMAL '10.50', TIMESTAMP '2024-01-01 10:00:00.123456', 'a'),
    (2, DECIMAL '20.00', TIMESTAMP '2024-01-02 11:00:00', NULL), (3, NULL, TIMESTAMP '2024-01-02 12:00:00', '')`,
  'CREATE VIEW families.totals AS SELECT kind, sum(amount) AS total FROM families.sales GROUP BY kind',
];

/** Objects below the lake that `setup` finds there. */
export const objects: Readonly<Record<string, string>> = {
  'people/day=2024-01-01/a.json':
    '{"id":1,"name":"Ada","tags":["x","y"],"born":"1815-12-10","score":1.5}\n{"id":2,"name":"","tags":[],"born":null,"score":1e7}\n',
  'people/day=2024-01-02/b.json': '{"id":3,"name":null,"tags":null,"born":"1906-12-09","score":0.001}\n',
};

const iceberg = (name: string) =>
  `WITH (table_type = 'ICEBERG', is_external = false, location = '$lake/$t/${name}/')`;

export const families: readonly Family[] = [
  {
    title: 'values of every type are shown alike',
    statements: [
      `SELECT 1 AS "Mixed Case", 2147483648 AS big, TINYINT '1' AS tiny, SMALLINT '2' AS small, true AS flag, 'x' AS text, '' AS empty, CAST(NULL AS varchar) AS nothing`,
      `SELECT 1e0, 1e7, 1.5e-4, -0e0, CAST(1 AS double) / 3, REAL '0.1', CAST('Infinity' AS double), nan(), DECIMAL '1.50', DECIMAL '12345678901234567890.12'`,
      `SELECT DATE '2024-02-29', TIMESTAMP '2024-01-02 03:04:05.123', TIMESTAMP '2024-01-02 03:04:05.123 UTC', INTERVAL '26' HOUR, INTERVAL '14' MONTH`,
      `SELECT ARRAY[1, NULL, 3], ARRAY['a', ''], MAP(ARRAY['b', 'a'], ARRAY[1.5, 2]), MAP(ARRAY[10, 2], ARRAY['x', NULL]), CAST(ROW(1, 'p') AS ROW(x integer, y varchar)), X'6869', ARRAY[ARRAY[1e0]]`,
      `SELECT CAST('{"a": [1, 2]}' AS json), json_parse('[1]'), CAST(MAP(ARRAY['k'], ARRAY[1]) AS json)`,
      `VALUES (1, 'a'), (2, NULL)`,
      'SELECT current_user',
    ],
  },
  {
    title: 'queries over Hive tables, Iceberg tables and views',
    statements: [
      'SELECT * FROM families.people ORDER BY id',
      `SELECT id, tags[1], cardinality(tags), year(born) FROM families.people WHERE day = '2024-01-01' AND id = 1`,
      `SELECT id, "$path" FROM families.people WHERE day = '2024-01-02'`,
      `SELECT * FROM "families"."people$partitions" ORDER BY 1`,
      'SELECT * FROM families.sales ORDER BY id',
      `SELECT date_trunc('day', at) AS day, count(*) AS n, sum(amount) AS total, avg(amount) AS mean FROM families.sales GROUP BY 1 ORDER BY 1`,
      'SELECT * FROM families.totals ORDER BY kind',
      'SELECT count(*) FROM (TABLE families.totals)',
      `WITH p AS (SELECT id, name FROM families.people) SELECT s.id, p.name, row_number() OVER (ORDER BY s.id DESC) AS r FROM families.sales s LEFT JOIN p ON p.id = s.id ORDER BY s.id`,
      `SELECT operation, summary['added-records'] FROM "families"."sales$snapshots" ORDER BY committed_at`,
      'SELECT count(*) FROM "families"."sales$files"',
      `SELECT count(*) FROM families.sales FOR TIMESTAMP AS OF (current_timestamp - INTERVAL '1' SECOND)`,
      `SELECT count(*) FROM families.sales FOR VERSION AS OF 'main'`,
      'SELECT t.x FROM UNNEST(ARRAY[3, 1, 2]) AS t(x) ORDER BY x DESC LIMIT 2',
      'SELECT approx_distinct(id), max_by(id, amount), array_agg(id ORDER BY id) FROM families.sales',
    ],
  },
  {
    title: 'failures are of the same class',
    statements: [
      'SELECT nope FROM families.sales',
      'SELECT * FROM families.nope',
      'SELECT * FROM nowhere.nope',
      'SELECT 1 / 0',
      `SELECT CAST('x' AS integer)`,
      `SELECT 1 + 'a'`,
      'SELECT id FROM families.sales GROUP BY kind',
      `SELECT id FROM families.sales FOR TIMESTAMP AS OF TIMESTAMP '2039-01-01 00:00:00.5 UTC'`,
      `SELECT id FROM families.sales FOR TIMESTAMP AS OF (current_timestamp + INTERVAL '1' DAY)`,
      `SELECT regexp_like('x', '(')`,
      `SELECT regexp_like('x', '[')`,
      `SELECT regexp_like('x', ')')`,
      'SELECT 0x_',
      'SELECT * FROM families.nope; SELECT 1',
      'CREATE TABLE families.$t_nowhere (a int)',
      'DESCRIBE families.nope',
      'INSERT INTO families.nope VALUES 1',
      `INSERT INTO families.sales VALUES ('a', 1, 2, 3)`,
      'DELETE FROM families.nope',
      'CREATE TABLE families.$t_unnamed AS VALUES 1',
      'UPDATE families.sales SET nope = 1',
      'SELECT FROM WHERE',
      'SELECT 1 FROM families.sales WHERE',
      `DELETE FROM families.people WHERE id = 1`,
      'SELECT a, a FROM (SELECT 1 AS a, 2 AS a)',
      `CREATE TABLE families.sales ${iceberg('again')} AS SELECT 1 AS a`,
      `CREATE TABLE nowhere.x ${iceberg('nowhere')} AS SELECT 1 AS a`,
      `CREATE TABLE families.$t_wrong ${iceberg('wrong')} AS SELECT 1`,
      'CREATE VIEW families.$t_wrong AS SELECT nope FROM families.sales',
      'CREATE VIEW families.sales AS SELECT 1 AS a',
      `UNLOAD (SELECT 1 AS a) TO '$lake/people/' WITH (format = 'PARQUET')`,
      `UNLOAD (SELECT 1 AS a) TO '$lake/$t/nowhere/' WITH (format = 'WORD')`,
      'INSERT INTO families.totals SELECT 1, 2',
      'EXECUTE never_prepared',
      'DROP TABLE families.never',
      'EXPLAIN DROP TABLE families.never',
    ],
  },
  {
    title: 'an Iceberg table is made, changed, kept in order and dropped',
    statements: [
      `CREATE TABLE families.$t_ice WITH (table_type = 'ICEBERG', is_external = false, location = '$lake/$t/ice/', partitioning = ARRAY['bucket(id, 2)'], write_compression = 'ZSTD', vacuum_min_snapshots_to_keep = 2) AS SELECT id, name, born FROM families.people`,
      "INSERT INTO families.$t_ice VALUES (4, 'Eve', NULL), (5, 'Bob', DATE '1999-12-31')",
      `UPDATE families.$t_ice SET name = 'Adam' WHERE id = 1`,
      'DELETE FROM families.$t_ice WHERE id = 2',
      `MERGE INTO families.$t_ice AS t USING (VALUES (3, 'Grace'), (9, 'New')) AS s(id, name) ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET name = s.name WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)`,
      'SELECT * FROM families.$t_ice ORDER BY id',
      'OPTIMIZE families.$t_ice REWRITE DATA USING BIN_PACK',
      'VACUUM families.$t_ice',
      'ALTER TABLE families.$t_ice ADD COLUMNS (note string)',
      `INSERT INTO families.$t_ice VALUES (10, 'Zoe', NULL, 'late')`,
      'SELECT id, name, note FROM families.$t_ice ORDER BY id',
      'DESCRIBE families.$t_ice',
      'DROP TABLE families.$t_ice',
      'SELECT * FROM families.$t_ice',
    ],
  },
  {
    title: 'Hive tables are made and filled in every format',
    statements: [
      `CREATE TABLE families.$t_parquet WITH (format = 'PARQUET', write_compression = 'SNAPPY', external_location = '$lake/$t/parquet/', partitioned_by = ARRAY['born']) AS SELECT id, name, born FROM families.people WHERE born IS NOT NULL`,
      `INSERT INTO families.$t_parquet VALUES (7, 'Kay', DATE '2000-01-01')`,
      'SELECT * FROM families.$t_parquet ORDER BY id',
      'SHOW PARTITIONS families.$t_parquet',
      `CREATE TABLE families.$t_json WITH (format = 'JSON', external_location = '$lake/$t/json/') AS SELECT id, tags, score FROM families.people`,
      'SELECT * FROM families.$t_json ORDER BY id',
      `CREATE TABLE families.$t_text WITH (format = 'TEXTFILE', field_delimiter = '|', external_location = '$lake/$t/text/') AS SELECT id, name FROM families.people`,
      'SELECT * FROM families.$t_text ORDER BY id',
      `CREATE TABLE families.$t_empty WITH (external_location = '$lake/$t/empty/') AS SELECT id FROM families.people WITH NO DATA`,
      'SELECT count(*) FROM families.$t_empty',
      'DESCRIBE families.$t_parquet',
    ],
  },
  {
    title: 'views, prepared statements, UNLOAD and EXPLAIN',
    statements: [
      'CREATE OR REPLACE VIEW families.$t_view AS SELECT id, tags, born FROM families.people',
      'SELECT * FROM families.$t_view ORDER BY id',
      'DESCRIBE families.$t_view',
      'SHOW COLUMNS IN families.$t_view',
      'PREPARE one FROM SELECT name FROM families.people WHERE id = ?',
      'EXECUTE one USING 1',
      'EXECUTE one USING 1, 2',
      'EXECUTE one',
      'DEALLOCATE PREPARE one',
      `UNLOAD (SELECT id, name FROM families.people) TO '$lake/$t/unloaded/' WITH (format = 'JSON', compression = 'NONE')`,
      `UNLOAD (SELECT id, 1 FROM families.people) TO '$lake/$t/unnamed/' WITH (format = 'PARQUET')`,
      `CREATE EXTERNAL TABLE families.$t_unloaded (id bigint, name string) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION '$lake/$t/unloaded/'`,
      'SELECT * FROM families.$t_unloaded ORDER BY id',
      'DROP VIEW families.$t_view',
      'SHOW DATABASES',
    ],
  },
];

/** What the real engine answers and our dialect refuses, each with its rows. */
export const trinoOnly: readonly {
  readonly sql: string;
  readonly rows: readonly (readonly (string | null)[])[];
}[] = [
  {
    sql: `SELECT * FROM families.sales MATCH_RECOGNIZE (ORDER BY id MEASURES A.id AS first_id, B.id AS last_id PATTERN (A B?) DEFINE B AS B.id > A.id)`,
    rows: [
      ['1', '2'],
      ['3', null],
    ],
  },
  { sql: `SELECT ST_AsText(ST_Point(1, 2))`, rows: [['POINT (1 2)']] },
  { sql: `SELECT CAST('ab' AS char(4)), TIME '01:02:03.5'`, rows: [['ab  ', '01:02:03.5']] },
];
