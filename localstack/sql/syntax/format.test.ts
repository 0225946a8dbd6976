/** The layout of queries: each text is what Trino 476 made of the statement in its answer to PREPARE. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { formatQuery } from './format.ts';

const LAID_OUT: readonly (readonly [sql: string, text: string])[] = [
  [
    'SELECT number_of_rows FROM "db"."One" t',
    `SELECT number_of_rows
FROM
  "db"."One" t`,
  ],
  [
    `WITH a AS (SELECT 1), b(x) AS (SELECT 2) SELECT * FROM a CROSS JOIN b LEFT JOIN (SELECT 3) c USING (q) UNION ALL SELECT t.* FROM t`,
    `WITH
  a AS (
   SELECT 1

) 
, b (x) AS (
   SELECT 2

) 
SELECT *
FROM
  ((a
CROSS JOIN b)
LEFT JOIN (
   SELECT 3

)  c USING (q))
UNION ALL SELECT t.*
FROM
  t`,
  ],
  [
    `SELECT a || 'x', 1e3, -x, -5, COUNT(*), trim(x), Coalesce(a, b), CAST(x AS Timestamp(3) With Time Zone) FROM "T" t, u WHERE NOT a IN (1,2) AND b NOT LIKE 'x' OR x IS NOT NULL ORDER BY 1 DESC NULLS LAST, 2 LIMIT 3`,
    `SELECT
  concat(a, 'x')
, 1E3
, -(x)
, -5
, COUNT(*)
, trim(BOTH FROM x)
, COALESCE(a, b)
, CAST(x AS timestamp(3) with time zone)
FROM
  "T" t
, u
WHERE (((NOT (a IN (1, 2))) AND (NOT (b LIKE 'x'))) OR (x IS NOT NULL))
ORDER BY 1 DESC NULLS LAST, 2 ASC
LIMIT 3`,
  ],
  [
    `SELECT EXISTS (SELECT 1), x IN (SELECT 1 FROM t), sum(x) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM t GROUP BY ROLLUP (a, b), (a), ()`,
    `SELECT
  (EXISTS (SELECT 1

))
, (x IN (SELECT 1
FROM
  t
))
, sum(x) OVER (PARTITION BY a ORDER BY b ASC ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)
FROM
  t
GROUP BY ROLLUP ((a), (b)), a, ()`,
  ],
  [
    `VALUES (1, 'x'), (2, 'y')`,
    ` VALUES 
  ROW (1, 'x')
, ROW (2, 'y')`,
  ],
];

test('a query is laid out as Trino does', () => {
  for (const [sql, text] of LAID_OUT) assert.equal(formatQuery(sql), text, sql);
});

test('a number with a point is written as the double that it is on Athena, and as a decimal for Trino', () => {
  assert.equal(formatQuery('SELECT 1.5, 0.0'), 'SELECT\n  1.5E0\n, 0E0');
  assert.equal(formatQuery('SELECT 1.5', 'decimal'), "SELECT DECIMAL '1.5'");
});
