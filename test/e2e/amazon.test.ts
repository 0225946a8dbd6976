/** The Amazon study end to end through the command line: the deployed artefacts, real streams, real tables. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { headwaters } from '../support/commandLine.ts';

const EXAMPLE = 'sql/amazon/fixtures/worked-example';

const json = (text: string) => JSON.parse(text);

describe('the worked example', () => {
  let state: string;
  beforeAll(() => {
    state = mkdtempSync(join(tmpdir(), 'headwaters-example-'));
  });
  afterAll(() => rmSync(state, { recursive: true, force: true }));

  const run = (...more: string[]) =>
    headwaters([
      'run',
      'amazon',
      '--input',
      EXAMPLE,
      '--once',
      '--json',
      '--port',
      '0',
      '--state',
      state,
      ...more,
    ]);

  test('three orders give the revenue, values and segments that a person can reckon', async () => {
    const { code, stdout, stderr } = await run();

    assert.equal(code, 0, stderr);
    const { answers, pipeline } = json(stdout);
    assert.deepEqual(answers.sales_overview, [
      {
        revenue: '3296.00',
        orders: '3',
        customers: '2',
        average_customer_value: '1648.00',
        average_order_value: '1098.67',
      },
    ]);
    assert.deepEqual(
      answers.revenue_by_segment.map(({ segment, revenue }: Record<string, string>) => [segment, revenue]),
      [
        ['Regular', '1999.00'],
        ['VIP', '1297.00'],
      ],
    );
    assert.deepEqual(
      answers.revenue_by_category.map(({ category, sales }: Record<string, string>) => [category, sales]),
      [
        ['Laptop', '1'],
        ['Phone', '1'],
        ['Audio', '1'],
      ],
    );
    assert.equal(pipeline.verdict, 'Balanced');
    assert.equal(pipeline.sheet.total.inBronze, 11);
    assert.equal(pipeline.sheet.total.silver, 11);
  });

  test('a second run says that nothing new had to be done', async () => {
    const { code, stdout, stderr } = await run();

    assert.equal(code, 0, stderr);
    assert.equal(json(stdout).pipeline.decision, 'nothing-new');
    assert.equal(json(stdout).answers.sales_overview[0].revenue, '3296.00');
  });

  test('any table answers Athena SQL while nothing is up', async () => {
    const asked = await headwaters([
      'query',
      'select f.sale_id, c.name from amazon_gold.fact_sales f join amazon_gold.dim_customer c on c.customer_key = f.customer_key order by 1',
      '--format',
      'csv',
      '--state',
      state,
    ]);

    assert.equal(asked.code, 0, asked.stderr);
    assert.equal(asked.stdout, 'sale_id,name\n1-1,John\n2-1,Jane\n3-1,John\n');
  });

  test('bad SQL ends with exit code 1 and Athena’s words', async () => {
    const asked = await headwaters(['query', 'select nothing from amazon_gold.fact_sales', '--state', state]);

    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /Column 'nothing' cannot be resolved/);
  });

  describe('asked and fed by a program', () => {
    let lake: Lake;
    beforeAll(async () => {
      lake = openLake(await embedded({ stateDir: state, port: 0 }), { studies: studiesOf() });
    });
    afterAll(() => lake.close());

    const files = (contents: Readonly<Record<string, string>>) => {
      const folder = mkdtempSync(join(state, 'files-'));
      for (const [name, content] of Object.entries(contents)) writeFileSync(join(folder, name), content);
      return folder;
    };
    const sheetOf = ({ output }: { output?: unknown }) =>
      (output as { sheet: { total: { silver: number } } }).sheet.total;

    test('one event is found in every layer', async () => {
      const { rows } = await lake.ask("select _event_id from amazon_silver.order_items where order_id = '1'");

      const traced = await lake.trace('amazon', rows[0]![0]!, { days: 7 });

      const layers = traced.map(({ layer }) => layer.split(' ')[0]!);
      for (const layer of ['bronze', 'ledger', 'run', 'silver', 'gold'])
        assert.ok(layers.includes(layer), layer);
    });

    test('a changed customer file opens a new version; the same file again changes nothing', async () => {
      const folder = files({
        'customers.csv': 'customer_id,name,segment,updated_at\n101,John,Regular,2024-12-02 00:00:00\n',
      });
      const load = async () => (await lake.load('amazon', [join(folder, 'customers.csv')])).pipeline;

      const first = await load();
      const again = await load();
      const asked = await lake.ask(
        'select c.segment, sum(f.amount) from amazon_gold.fact_sales f join amazon_gold.dim_customer c on c.customer_key = f.customer_key group by 1 order by 1',
      );

      assert.equal(sheetOf({ output: first }).silver, 1);
      assert.equal(again.decision, 'nothing-new');
      // Order 3 of 2024-12-02 is now of the later version.
      assert.deepEqual(asked.rows, [
        ['Regular', '2297.00'],
        ['VIP', '999.00'],
      ]);
    });

    test('late orders of a second feed land in the old days and months, and change nothing else', async () => {
      const dir = files({
        'orders.csv':
          'order_id,customer_id,status,purchased_at\n4,102,delivered,2024-12-01 09:00:00\n5,102,delivered,2024-11-30 09:00:00\n',
        'order_items.csv':
          'order_id,line_number,product_id,quantity,unit_price\n4,1,airpods,1,149\n5,1,airpods,1,149\n',
      });

      const { pipeline } = await lake.run('amazon', { kind: 'dataset', dir });
      const asked = await lake.ask(
        'select order_month, cast(purchased_at as date), sum(amount) from amazon_gold.fact_sales group by 1, 2 order by 2',
      );

      assert.equal(pipeline.status, 'SUCCEEDED', pipeline.cause);
      assert.equal(sheetOf(pipeline).silver, 4);
      assert.deepEqual(asked.rows, [
        ['2024-11-01', '2024-11-30', '149.00'],
        ['2024-12-01', '2024-12-01', '3147.00'],
        ['2024-12-01', '2024-12-02', '298.00'],
      ]);
    });
  });
});
