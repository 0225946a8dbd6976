import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { parseServing } from './parse.ts';

const offered = {
  queries: { sales_by_day: ['day', 'revenue'] },
  tables: { 'gold.fact_sales': ['sale_id', 'amount'] },
};

const read = (text: string) => parseServing([{ file: 'serving/shop.yaml', text }], offered);

const complete = `
endpoints:
  - name: sales
    title: Sales by day
    query: sales_by_day
    freshness: 15m
    parameters:
      - {name: from, type: date, description: First day, column: day, operator: '>='}
charts:
  - name: revenue
    title: Revenue averages {mean revenue:0} a day
    query: sales_by_day
    mark: bar
    x: {column: day}
    y: [{column: revenue, unit: USD}]
    highlight: extremes
figures:
  - {name: total, label: Revenue, query: sales_by_day, column: revenue, source: gold.fact_sales}
dashboards:
  - {name: sales, title: Sales, figures: [total], charts: [revenue]}
`;

test('a file gives endpoints, charts, figures and dashboards with their defaults', () => {
  const { design, problems } = read(complete);

  assert.deepEqual(problems, []);
  assert.deepEqual(design.endpoints[0], {
    name: 'sales',
    title: 'Sales by day',
    rows: { query: 'sales_by_day' },
    pageSize: 100,
    freshnessSeconds: 900,
    parameters: [
      {
        name: 'from',
        type: 'date',
        description: 'First day',
        column: 'day',
        operator: '>=',
        required: false,
      },
    ],
  });
  assert.deepEqual(design.charts[0]?.rows, { query: 'sales_by_day' });
  assert.equal(design.figures[0]?.percent, false);
  assert.deepEqual(design.dashboards[0]?.charts, ['revenue']);
});

describe('what does not exist is reported with its place and with what there is', () => {
  for (const [title, from, to, line, message] of [
    [
      'a question',
      'query: sales_by_day\n    freshness',
      'query: sales\n    freshness',
      5,
      /no query 'sales'; there is: sales_by_day/,
    ],
    [
      'a column of a parameter',
      'column: day, op',
      'column: date, op',
      8,
      /no column 'date'; the rows have day, revenue/,
    ],
    ['a column of a chart', 'x: {column: day}', 'x: {column: hour}', 10, /no column 'hour'/],
    ['a column of a title', '{mean revenue:0}', '{mean profit}', 11, /no column 'profit'/],
    ['a function of a title', '{mean revenue:0}', '{average revenue}', 11, /'average' is not a function/],
    ['a mark', 'mark: bar', 'mark: pie', 13, /allowed are bar, rows, line/],
    ['a key', 'highlight: extremes', 'colour: red', 10, /'colour' is not known here/],
    [
      'a table',
      'source: gold.fact_sales',
      'source: gold.sales',
      18,
      /no table 'gold.sales'; there is: gold.fact_sales/,
    ],
    [
      'a chart of a dashboard',
      'charts: [revenue]',
      'charts: [profit]',
      20,
      /no chart 'profit'; there is: revenue/,
    ],
    [
      'a source of rows',
      '    query: sales_by_day\n    mark',
      '    mark',
      10,
      /'query' is missing|must match exactly one/,
    ],
  ] as const)
    test(title, () => {
      assert.ok(complete.includes(from));

      const { problems } = read(complete.replace(from, to));

      assert.match(problems[0]?.message ?? '', message);
      assert.equal(problems[0]?.line, line);
    });

  test('a name that is declared twice', () => {
    const { problems } = parseServing(
      [
        { file: 'serving/a.yaml', text: complete },
        { file: 'serving/b.yaml', text: complete },
      ],
      offered,
    );

    assert.equal(problems.length, 4);
    assert.match(problems[0]!.message, /'sales' is declared twice/);
  });
});
