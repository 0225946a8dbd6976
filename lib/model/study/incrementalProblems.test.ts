/** Declarations of how a run makes a table are compared with the tables that they name. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { StudyError } from '../contract/problem.ts';
import { withStudy } from '../testing/fixture.ts';
import { storeFiles } from '../testing/store.ts';
import { loadStudy } from './study.ts';

const problemsOf = (path: string, from: string, to: string): string[] => {
  const text = storeFiles[path]!;
  assert.ok(text.includes(from), from);
  return withStudy('store', { ...storeFiles, [path]: text.replace(from, to) }, (dir) => {
    try {
      loadStudy(dir);
    } catch (error) {
      assert.ok(error instanceof StudyError, String(error));
      return error.problems.map(({ file, message }) => `${file.slice(dir.length + 1)} ${message}`);
    }
    return [];
  });
};

const facts = 'gold/fact_lines.yaml';
const customers = 'gold/dim_customer.yaml';

const faults: readonly (readonly [what: string, path: string, from: string, to: string, problem: RegExp])[] =
  [
    [
      'a table that the SELECT does not read',
      facts,
      'from: orders',
      'from: visits',
      /from is 'visits'; the SELECT reads/,
    ],
    [
      'entities by another span of time than their versions',
      customers,
      'month(first_seen_at)',
      'day(first_seen_at)',
      /partitioned by day\(first_seen_at\), so 'customers' must be by day\(_event_time\); it is by month/,
    ],
    [
      'entities whose versions are not partitioned',
      'sources/customers.yaml',
      "  - {property: partitioning, value: ['month(_event_time)']}",
      '',
      /so 'customers' must be by month\(_event_time\); it is by nothing/,
    ],
    [
      'a table that is cut otherwise',
      facts,
      "['month(",
      "['day(",
      /by day and 'orders' by month; both must be/,
    ],
    [
      'a column that there is not',
      facts,
      'by: [order_id]',
      'by: [order]',
      /'orders' has no column 'order' that comes/,
    ],
    [
      'a lineage column',
      facts,
      'by: [order_id]',
      'by: [_shard]',
      /'orders' has no column '_shard' that comes/,
    ],
    [
      'a table that the rows depend on and that is not named',
      facts,
      ', {table: customers, on: [customer_id]}',
      '',
      /the SELECT also depends on 'customers': name it in with .* or in unaffectedBy/,
    ],
    [
      'a join to a table that comes later',
      facts,
      '{table: lines, on: [order_id]}',
      '{table: lines, on: [order_id], to: customers}',
      /joins 'lines' to 'customers', which is neither from nor a table listed before/,
    ],
    [
      'a join of a table that follows gold',
      'marts/revenue.yaml',
      '{from: fact_lines}',
      '{from: fact_lines, by: [order_month]}',
      /not in silver: its partitions are followed as they are/,
    ],
    [
      'a member that incremental does not have',
      facts,
      '{from: orders,',
      '{of: 1, from: orders,',
      /it has no member of/,
    ],
    [
      'versions of a table that is not read',
      customers,
      'value: customers}',
      'value: orders}',
      /versionsFrom is 'orders', which is not a silver table that the SELECT reads/,
    ],
    [
      'inferred entities of an unknown column',
      customers,
      'orders.customer_id',
      'orders.customer',
      /inferredFrom names 'orders\.customer', which is not/,
    ],
    [
      'a merge table with an entity',
      facts,
      'value: merge}',
      'value: merge}\n  - {property: entity, value: [order_id]}',
      /entity, versionsFrom and inferredFrom belong to/,
    ],
  ];

for (const [what, path, from, to, problem] of faults)
  test(`${what} is a problem of the contract`, () => {
    const problems = problemsOf(path, from, to);

    assert.match(problems.join('\n'), problem);
  });

test('a table that new rows of another never change says so', () => {
  const none = problemsOf(facts, ', {table: customers, on: [customer_id]}]', '], unaffectedBy: [customers]');

  assert.deepEqual(none, []);
});

test('rules of a view are refused, because nothing measures them', () => {
  const view = storeFiles['marts/revenue.yaml']!.replace('value: merge}', 'value: view}').replace(
    / {2}- \{property: (?:partitioning|incremental).*\n/g,
    '',
  );
  const files = { ...storeFiles, 'marts/revenue.yaml': view };
  const rule =
    '    quality:\n      - {type: library, name: some, metric: rowCount, mustBeGreaterThan: 0}\ncustomProperties:';

  assert.equal(withStudy('store', files, loadStudy).models.at(-1)?.contract.materialization, 'view');
  assert.throws(
    () =>
      withStudy(
        'store',
        { ...files, 'marts/revenue.yaml': view.replace('customProperties:', rule) },
        loadStudy,
      ),
    /a view is computed when it is read, so no rule is measured on it/,
  );
});
