import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { test } from 'vitest';
import { StudyError } from '../contract/problem.ts';
import { shopFiles, withShop } from '../testing/fixture.ts';
import { listStudies, loadStudy } from './study.ts';

const problemsOf = (changes: Readonly<Record<string, string | undefined>>) =>
  withShop(changes, (dir) => {
    try {
      loadStudy(dir);
    } catch (error) {
      assert.ok(error instanceof StudyError);
      return error.problems.map(
        ({ file, line, column, message }) =>
          `${file.slice(dir.length + 1)}:${line}:${column} ${message.replaceAll(`${dir}/`, '')}`,
      );
    }
    return [];
  });

const change = (path: string, from: string, to: string) => ({
  [path]: (shopFiles[path] as string).replace(from, to),
});

test('a study’s models come after those that they read, level by level', () => {
  const study = withShop({}, loadStudy);

  assert.deepEqual(study.levels, [['orders'], ['fact_orders'], ['daily']]);
  assert.deepEqual(
    study.models.map(({ name, dependsOn }) => [name, dependsOn]),
    [
      ['orders', []],
      ['fact_orders', ['orders']],
      ['daily', ['fact_orders']],
    ],
  );
});

test('a question is titled by its first comment', () => {
  const study = withShop({}, loadStudy);

  assert.deepEqual(study.queries, [
    {
      name: 'revenue',
      title: 'Revenue in all',
      format: 'revenue=money',
      sql: 'select sum(amount) as revenue from shop_gold.fact_orders',
    },
  ]);
});

test('a study is plain data that survives JSON', () => {
  const study = withShop({}, loadStudy);

  assert.deepEqual(JSON.parse(JSON.stringify(study)), JSON.parse(JSON.stringify(structuredClone(study))));
});

test('the studies of a folder are those with a study.yaml', () => {
  assert.deepEqual(
    withShop({}, (dir) => listStudies(dirname(dir))),
    ['shop'],
  );
});

test('a cycle is found at the reference that closes it', () => {
  const problems = problemsOf(
    change('silver/orders.sql', 'from source', 'from source left join shop_marts.daily as d on true'),
  );

  assert.equal(problems.length, 3);
  assert.match(problems[0] ?? '', /^silver\/orders\.sql:13:\d+ cycle: orders → daily → fact_orders → orders/);
});

test('a model that reads itself is a cycle', () => {
  assert.match(
    problemsOf(change('marts/daily.sql', 'shop_gold.fact_orders', 'shop_marts.daily')).join(),
    /marts\/daily\.sql:1:\d+ cycle: daily → daily/,
  );
});

/** The fact under another name. */
const renamed = (name: string) => ({
  'gold/fact_orders.sql': undefined,
  'gold/fact_orders.yaml': undefined,
  [`gold/${name}.sql`]: shopFiles['gold/fact_orders.sql'],
  [`gold/${name}.yaml`]: shopFiles['gold/fact_orders.yaml']!.replace(
    '- name: fact_orders',
    `- name: ${name}`,
  ),
});

const faults: readonly (readonly [
  what: string,
  changes: Record<string, string | undefined>,
  problem: RegExp,
])[] = [
  [
    'an unknown table',
    change('gold/fact_orders.sql', 'shop_silver.orders', 'shop_silver.ordrs'),
    /^gold\/fact_orders\.sql:1:48 unknown table 'shop_silver\.ordrs'/,
  ],
  [
    'a table without its database',
    change('gold/fact_orders.sql', 'shop_silver.orders', 'orders'),
    /unknown table 'orders': name it with its database, e\.g\. shop_silver\.orders/,
  ],
  [
    'an undeclared column',
    change('gold/fact_orders.sql', 'o.amount', 'o.amount, o._run_id'),
    /^gold\/fact_orders\.sql:1:44 column '_run_id' is not declared in gold\/fact_orders\.yaml/,
  ],
  [
    'a missing column',
    change('gold/fact_orders.sql', ', o.amount', ''),
    /column 'amount' is declared in gold\/fact_orders\.yaml, but the final SELECT does not give it/,
  ],
  [
    'select *',
    change('gold/fact_orders.sql', 'o.order_id, o.order_date, o.amount', '*'),
    /^gold\/fact_orders\.sql:1:8 'select \*' in the published table shop_gold\.fact_orders/,
  ],
  [
    'a table next to the one derived from its source',
    change('silver/orders.yaml', '  - {property: source, value: orders}\n', ''),
    /^silver\/orders\.sql:1:1 the model 'orders' is declared already in sources\/orders\.yaml/,
  ],
  [
    'a table that replaces the derived one without saying why',
    change('silver/orders.sql', '-- Keeps the day of an order instead of its instant.\n', ''),
    /^silver\/orders\.sql:1:1 replaces the table derived from its source: begin with a comment that says why/,
  ],
  [
    'a silver contract without SQL that adds to no source',
    { 'silver/orders.sql': undefined },
    /^silver\/orders\.yaml:1:1 has no SQL next to it: add orders\.sql, or, to add columns/,
  ],
  [
    'an append table without lineage',
    change('silver/orders.yaml', '{name: _shard,', '{name: _shardy,'),
    /declare _shard/,
  ],
  [
    'SQL without a contract',
    { 'gold/lonely.sql': 'select 1 as a' },
    /^gold\/lonely\.sql:1:1 has no contract/,
  ],
  [
    'a contract without SQL',
    { 'gold/fact_orders.sql': undefined },
    /^gold\/fact_orders\.yaml:1:1 has no SQL/,
  ],
  [
    'a rule of an unknown table',
    change('gold/fact_orders.yaml', 'FROM {table} WHERE', 'FROM shop_gold.nothing WHERE'),
    /rule 'amounts-positive' names the unknown table 'shop_gold\.nothing'/,
  ],
  [
    'a pattern that does not compile',
    change('sources/orders.yaml', '{minLength: 1}', "{pattern: '('}"),
    /^sources\/orders\.yaml:1:1 .*[Ii]nvalid regular expression/,
  ],
  [
    'a format that nobody checks',
    change('sources/orders.yaml', '{minLength: 1}', '{format: barcode}'),
    /^sources\/orders\.yaml:1:1 .*unknown format "barcode"/,
  ],
  [
    'a time format that is not read',
    change('sources/orders.yaml', 'yyyy-MM-dd HH:mm:ss', 'yyyy-ww'),
    /^sources\/orders\.yaml:1:1 time format 'yyyy-ww': 'ww' is not read/,
  ],
  [
    "a table with a name that Athena's DDL reserves",
    renamed('rows'),
    /^gold\/rows\.yaml:1:1 the table's name 'rows' is reserved in Athena's DDL.* e\.g\. shop_rows/,
  ],
  ['a table with an underscore before its name', renamed('_facts'), /^gold\/_facts\.yaml:1:1 .*underscore/],
  [
    'a source with a name that is reserved, for its silver table',
    change('sources/orders.yaml', '  - name: orders\n', '  - name: order\n'),
    /^sources\/orders\.yaml:1:1 the table's name 'order' is reserved/,
  ],
  [
    'a table named as the stage of what arrived',
    renamed('arrivals__records'),
    /^gold\/arrivals__records\.yaml:1:1 the name 'arrivals__records' is that of the stage/,
  ],
  [
    "a column named as one of the pipeline's own",
    Object.fromEntries(
      ['gold/fact_orders.yaml', 'gold/fact_orders.sql'].map((file) => [
        file,
        shopFiles[file]!.replaceAll('amount', '_rule'),
      ]),
    ),
    /^gold\/fact_orders\.yaml:1:1 the column's name '_rule' is one that the pipeline adds/,
  ],
  ['a question that does not exist', change('study.yaml', '[revenue]', '[profit]'), /queries\/profit\.sql/],
];
for (const [what, changes, problem] of faults)
  test(`${what} is a problem with its place`, () => {
    const problems = problemsOf(changes);

    assert.ok(
      problems.some((found) => problem.test(found)),
      problems.join('\n'),
    );
  });

test('problems of several files are reported together', () => {
  const problems = problemsOf({
    ...change('gold/fact_orders.sql', ', o.amount', ''),
    ...change('marts/daily.sql', 'shop_gold.', ''),
  });

  assert.equal(problems.length, 2);
});

test('what a rule looks at is published before', () => {
  const day = (name: string) =>
    (shopFiles['marts/daily.yaml'] as string).replaceAll('daily', name).replace(/\n.*revenue.*\n/, '\n');
  const study = withShop(
    {
      ...change(
        'gold/fact_orders.yaml',
        'FROM {table} WHERE',
        'FROM {table} AS f JOIN shop_gold.zdays AS d ON d.order_date = f.order_date WHERE',
      ),
      'gold/zdays.yaml': day('zdays'),
      'gold/zdays.sql': 'select order_date from shop_silver.orders',
    },
    loadStudy,
  );

  assert.deepEqual(study.levels, [['orders'], ['zdays'], ['fact_orders'], ['daily']]);
});
