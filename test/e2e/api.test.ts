/** The HTTP API, DynamoDB and a served world end to end: several commands attach to one `headwaters up`. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { callApi } from '../../bin/api.ts';
import { physicalNames } from '../../bin/names.ts';
import { openWorld, root, type World } from '../../bin/world.ts';
import { headwaters, type Started, startHeadwaters } from '../support/commandLine.ts';

interface EventAnswer {
  readonly status: number;
  readonly shard?: string;
  readonly sequenceNumber?: string;
  readonly rule?: string;
  readonly path?: string;
}

interface Layer {
  readonly layer: string;
  readonly place: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

const order = (id: string, data: object = {}) => ({
  specversion: '1.0',
  id,
  source: '/shop',
  type: 'amazon.orders',
  subject: id,
  time: '2026-03-01T10:00:00Z',
  data: {
    order_id: id,
    customer_id: 'http-customer',
    status: 'created',
    purchased_at: '2026-03-01T10:00:00Z',
    ...data,
  },
});

describe('a served world', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-api-'));
  let up: Started;
  let world: World;
  before(async () => {
    up = startHeadwaters(['up', '--port', '0', '--state', state]);
    await up.shows(/Ctrl-C stops it/);
    world = await openWorld({ stateDir: state });
  });
  after(async () => {
    up.kill('SIGKILL');
    await up.ended;
    rmSync(state, { recursive: true, force: true });
  });

  const hw = (...args: string[]) => headwaters([...args, '--state', state]);
  const rowsOf = async (sql: string) =>
    JSON.parse((await hw('query', sql, '--format', 'json')).stdout) as Record<string, string>[];
  const send = async (events: unknown) => {
    const answer = await callApi(world, 'POST', '/studies/amazon/events', events);
    return { status: answer.status, ...(answer.body as { accepted: number; results: EventAnswer[] }) };
  };
  const transact = async (name: string, input: object) => {
    const ended = await hw('transact', 'amazon', name, JSON.stringify(input));
    return { ...ended, answer: JSON.parse(ended.stdout) };
  };
  const compare = async (...question: string[]) => {
    const ended = await hw('compare', 'amazon', ...question, '--json');
    return { ...ended, answer: JSON.parse(ended.stdout) };
  };

  test('its OpenAPI description is served as it is written down, and every reference in it resolves', async () => {
    const { status, body } = await callApi(world, 'GET', '/studies/amazon/openapi.json');

    assert.equal(status, 200);
    assert.deepEqual(body, JSON.parse(readFileSync(join(root, 'docs/studies/amazon.openapi.json'), 'utf8')));
    const { openapi, components } = body as { openapi: string; components: { schemas: object } };
    assert.match(openapi, /^3\.1\./);
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    assert.ok(references.length > 0);
    for (const [, name] of references) assert.ok(name! in components.schemas, name);
  });

  test('a request without a signature is turned away', async () => {
    const { Stacks = [] } = await world.clients.cloudFormation.send(new DescribeStacksCommand({}));
    const url = Stacks.flatMap(({ Outputs = [] }) => Outputs).find(({ OutputKey }) =>
      OutputKey?.startsWith('HttpUrl'),
    )!.OutputValue!;

    const answer = await fetch(`${world.endpoint}${new URL(url).pathname}/studies/amazon/events`, {
      method: 'POST',
      body: JSON.stringify(order('unsigned')),
    });

    assert.equal(answer.status, 403);
  });

  test('each event gets its own answer: where it is stored, or the rule that it broke', async () => {
    const mixed = await send([
      order('http-1'),
      order('http-2', { status: 7 }),
      { ...order('http-3'), type: 'amazon.rumours' },
      order('http-1'),
      { id: 'no envelope' },
    ]);
    const hopeless = await send([order('http-4', { customer_id: undefined })]);
    const fine = await send(order('http-5'));

    assert.equal(mixed.status, 207);
    assert.equal(mixed.accepted, 2);
    assert.deepEqual(
      mixed.results.map(({ status, rule, path }) => [status, rule, path]),
      [
        [200, undefined, undefined],
        [400, 'type', '/status'],
        [400, 'unknown-type', '/type'],
        [200, undefined, undefined],
        [400, 'envelope', mixed.results[4]!.path],
      ],
    );
    assert.match(mixed.results[0]!.shard!, /^shardId-\d{12}$/);
    assert.match(mixed.results[0]!.sequenceNumber!, /^\d{56}$/);
    assert.equal(hopeless.status, 400);
    assert.deepEqual(
      hopeless.results.map(({ rule, path }) => [rule, path]),
      [['required', '/customer_id']],
    );
    assert.equal(fine.status, 200);
  });

  test('placing an order takes its units from the shelf, once, and never more than there are', async () => {
    const place = {
      order_id: 'o-1',
      customer_id: 'c-1',
      warehouse_id: 'w-1',
      method: 'voucher',
      placed_at: '2026-03-01T12:00:00Z',
      items: [
        { product_id: 'p-1', quantity: 2, unit_price: 19.9 },
        { product_id: 'p-2', quantity: 1, unit_price: 5 },
      ],
    };
    for (const product of ['p-1', 'p-2'])
      await callApi(world, 'POST', '/studies/amazon/transactions/receive-stock', {
        delivery_id: `d-${product}`,
        product_id: product,
        warehouse_id: 'w-1',
        quantity: 3,
        counted_at: '2026-03-01T08:00:00Z',
      });

    const first = await transact('place-order', place);
    const again = await callApi(world, 'POST', '/studies/amazon/transactions/place-order', place);
    const oversold = await transact('place-order', { ...place, order_id: 'o-2' });
    const wrong = await callApi(world, 'POST', '/studies/amazon/transactions/place-order', {
      ...place,
      order_id: 'o-3',
      method: 'barter',
    });

    assert.equal(first.code, 0, first.stderr);
    assert.equal(again.status, 200);
    assert.deepEqual((again.body as { result: unknown }).result, first.answer.result);
    assert.equal(oversold.code, 1);
    assert.match(oversold.answer.message, /not enough units on the shelf/);
    assert.equal(wrong.status, 400);
    assert.equal((wrong.body as { path: string }).path, '/method');
  });

  test('OLTP and OLAP give the same answer to every question that both can be asked', async () => {
    const stock = await compare('stock-of-product', 'product_id=p-1');
    const lines = await compare('lines-of-order', 'order_id=o-1');
    const orders = await compare('orders-of-customer', 'customer_id=c-1');

    for (const { code, stderr, answer } of [stock, lines, orders]) {
      assert.equal(code, 0, stderr);
      assert.equal(answer.equal, true);
      assert.ok(answer.oltp.readUnits > 0 && answer.olap.scannedBytes > 0);
    }
    assert.deepEqual(stock.answer.oltp.rows, [['w-1', '1']]);
    assert.deepEqual(lines.answer.oltp.rows, [
      ['1', '2', '19.9'],
      ['2', '1', '5'],
    ]);
    assert.deepEqual(orders.answer.oltp.rows, [['o-1', 'created']]);
  });

  test('what was accepted is in bronze under the very sequence numbers, and nothing that was refused', async () => {
    const found = await rowsOf(
      `select event_id, count(distinct sequence_number) as records from amazon_bronze.records
       where event_source = '/shop' and dt > cast(current_date - interval '2' day as varchar) group by 1 order by 1`,
    );

    assert.deepEqual(found, [
      { event_id: 'http-1', records: '2' },
      { event_id: 'http-5', records: '1' },
    ]);
  });

  describe('trace', () => {
    const trace = async (eventId: string) => {
      const ended = await hw('trace', eventId, '--json');
      assert.equal(ended.code, 0, ended.stderr);
      return JSON.parse(ended.stdout).layers as Layer[];
    };
    const rowsIn = (layers: readonly Layer[], layer: string) =>
      layers.filter((found) => found.layer === layer).flatMap(({ rows }) => rows);

    test('an event is followed through objects, ledger, statements, silver, gold and marts', async () => {
      const [line] = await rowsOf(
        "select _event_id as id from amazon_silver.order_items where order_id = 'o-1' and line_number = 1",
      );

      const layers = await trace(line!.id!);

      const [bronze, ledger, run, statements, ...tables] = layers;
      assert.match(bronze!.rows[0]![0]!, /^s3:\/\/headwaters-lake-.*\/bronze\/study=amazon\/.*\.ndjson\.gz$/);
      assert.ok(bronze!.rows[0]![0]!.endsWith(ledger!.rows[0]![0]!));
      assert.equal(run!.layer, `run ${ledger!.rows[0]![3]}`);
      assert.deepEqual(
        ['stage', 'audit', 'publish'].filter((step) =>
          statements!.rows.some(([object]) => object!.endsWith(`/statements/fact_sales/${step}.sql`)),
        ),
        ['stage', 'audit', 'publish'],
      );
      assert.deepEqual(
        tables.map(({ place }) => place),
        [
          'amazon_silver.order_items',
          'amazon_gold.dim_product',
          'amazon_gold.fact_order_delivery',
          'amazon_gold.fact_sales',
          'amazon_marts.delivery_performance',
          'amazon_marts.sales_by_category',
        ],
      );
    });

    test('a duplicate is twice in bronze and once in silver', async () => {
      const layers = await trace('http-1');

      assert.equal(rowsIn(layers, 'bronze').length, 2);
      assert.equal(rowsIn(layers, 'silver').length, 1);
    });

    test('a record that a producer sent past the HTTP door is refused, and found in quarantine with its rule', async () => {
      await world.clients.kinesis.send(
        new PutRecordsCommand({
          StreamName: physicalNames.stream('amazon'),
          Records: [
            { Data: Buffer.from(JSON.stringify(order('bad-1', { status: 7 }))), PartitionKey: 'bad-1' },
          ],
        }),
      );
      await compare('lines-of-order', 'order_id=o-1');

      const layers = await trace('bad-1');

      const quarantine = layers.find(({ layer }) => layer === 'quarantine')!;
      const at = quarantine.columns.indexOf('rule');
      assert.deepEqual(
        quarantine.rows.map((row) => row[at]),
        ['type'],
      );
      assert.equal(rowsIn(layers, 'silver').length, 0);
    });

    test('an event that never was is said so', async () => {
      const ended = await hw('trace', 'never');

      assert.equal(ended.code, 1);
      assert.match(ended.stderr, /^error: No record of the last 7 days in amazon has the event id 'never'/);
    });
  });

  test('status tells where the world is served and how its runs ended', async () => {
    const ended = await hw('status', '--json');

    const found = JSON.parse(ended.stdout);
    assert.equal(found.endpoint, world.endpoint);
    assert.equal(found.studies[0].landed.objects, 0);
    assert.deepEqual(
      [...new Set(found.studies[0].runs.map(({ status }: { status: string }) => status))],
      ['SUCCEEDED'],
    );
  });

  test('a second up over the same world says where the first one is', async () => {
    const ended = await hw('up', '--port', '0');

    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /^error: A local cloud is up already at http:\/\/127\.0\.0\.1:\d+/);
  });

  test('down stops it in good order; with --purge its state is gone', async () => {
    await world.close();
    const stopped = await hw('down');
    const served = await up.ended;
    const purged = await hw('down', '--purge');

    assert.match(stopped.stdout, /^Stopped the local cloud at http/);
    assert.equal(served.code, 0, served.stderr);
    assert.match(purged.stdout, /^No local cloud is up over this state folder.\nRemoved the state in /);
    assert.equal(existsSync(state), false);
  });
});
