import assert from 'node:assert/strict';
import { test } from 'vitest';
import { readQuery } from './query.ts';
import { SqlProblem } from './tokens.ts';

const tables = (sql: string) =>
  readQuery(sql).references.map(({ database, table }) => (database ? `${database}.${table}` : table));
const columns = (sql: string) =>
  readQuery(sql).projection.map(({ name, star }) => (star ? '*' : (name ?? '?')));

const references: readonly (readonly [what: string, sql: string, tables: readonly string[]])[] = [
  [
    'joins of every kind',
    'select 1 as a from a.x left join b.y on x.i = y.i cross join c.z',
    ['a.x', 'b.y', 'c.z'],
  ],
  ['a comma', 'select 1 as a from a.x as x, b.y where x.i in (1, 2)', ['a.x', 'b.y']],
  [
    'common table expressions, left out',
    'with s as (select i from a.x), t (i) as (select i from s) select i from t join s on true',
    ['a.x'],
  ],
  [
    'a name that is only later a common table expression',
    'with s as (select 1 as i from t), t as (select 1 as i) select i from s',
    ['t'],
  ],
  [
    'sub-queries anywhere',
    'select (select max(i) from a.x) as m from b.y where exists (select 1 from c.z) and i in (select i from d.w)',
    ['a.x', 'b.y', 'c.z', 'd.w'],
  ],
  ['a sub-query in FROM', 'select i from (select i from a.x) as s', ['a.x']],
  ['a join in parentheses', 'select i from (a.x join b.y on true) join c.z on true', ['a.x', 'b.y', 'c.z']],
  [
    'set operations',
    'select i from a.x union all select i from b.y except select i from c.z',
    ['a.x', 'b.y', 'c.z'],
  ],
  [
    'FROM that names no table',
    "select extract(year from d) as y, trim(both ' ' from t) as t, a is distinct from b as c from a.x where u is not distinct from v",
    ['a.x'],
  ],
  ['UNNEST', 'select n from a.x cross join unnest(sequence(1, 3)) as t (n)', ['a.x']],
  ['quoted names and comments', 'select i -- from no.where\nfrom "A"."x y" /* join b.z */', ['a.x y']],
  ['text that looks like SQL', "select 'from b.y' as t from a.x", ['a.x']],
  [
    'a nested WITH',
    'select i from (with q as (select i from a.x) select i from q) join q on true',
    ['a.x', 'q'],
  ],
  ['VALUES', 'select i from (values (1), (2)) as v (i)', []],
];
for (const [what, sql, expected] of references)
  test(`references are read through ${what}`, () => {
    assert.deepEqual(tables(sql), expected);
  });

const projections: readonly (readonly [sql: string, columns: readonly string[]])[] = [
  ['select a, t.b, "C" as c, count(*) as n, count(*) m from t', ['a', 'b', 'c', 'n', 'm']],
  ['with t as (select x from y) select distinct a from t', ['a']],
  ['select *, t.*, a * b from t', ['*', '*', '?']],
  ["select case when a then 'x' else 'y' end, null, 1 + 2 as three, 'x' y from t", ['?', '?', 'three', 'y']],
  ['select cast(a as varchar) as b, array[1, 2] as c, (select max(i) from s) as d', ['b', 'c', 'd']],
  ['select a is distinct from b as c, lag(x) over (partition by y order by z) as d from t', ['c', 'd']],
  ['select a from t union all select b from u', ['a']],
  ['select a.b.c, x || y as z', ['c', 'z']],
];
for (const [sql, expected] of projections)
  test(`${sql} gives ${expected.join(', ')}`, () => {
    assert.deepEqual(columns(sql), expected);
  });

test('a place is that of the SQL text', () => {
  const [reference] = readQuery('select a\nfrom\n  b.c').references;

  assert.deepEqual([reference?.line, reference?.column], [3, 3]);
});

const faults: readonly (readonly [sql: string, message: RegExp])[] = [
  ['insert into t values (1)', /begins with WITH or SELECT/],
  ['select 1 as a; select 2 as b', /without a semicolon/],
  ['select (1 as a', /never closed/],
  ['select 1 as a)', /closes nothing/],
  ["select 'a", /begins nothing that SQL knows/],
  ['', /begins with WITH or SELECT/],
];
for (const [sql, message] of faults)
  test(`'${sql}' cannot be read`, () => {
    assert.throws(
      () => readQuery(sql),
      (error) => error instanceof SqlProblem && message.test(error.message),
    );
  });
