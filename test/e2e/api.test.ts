/** The HTTP API, DynamoDB and a served world end to end: several commands attach to one `headwaters up`. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { afterAll, beforeAll, describe, test } from 'vitest';
import type { TwoAnswers } from '../../lake/compare.ts';
import { exportRows } from '../../lake/export.ts';
import { type Lake, openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import type { Layer } from '../../lake/trace.ts';
import { headwaters, type Started, startHeadwaters } from '../support/commandLine.ts';

interface EventAnswer {
  readonly status: number;
  readonly shard?: string;
  readonly sequenceNumber?: string;
  readonly rule?: string;
  readonly path?: string;
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

describe('a served lake', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-api-'));
  let up: Started;
  let lake: Lake;
  beforeAll(async () => {
    up = startHeadwaters(['up', 'amazon', '--port', '0', '--state', state]);
    await up.shows(/Ctrl-C stops it/);
    lake = openLake(await embedded({ stateDir: state }), { studies: studiesOf() });
    // A producer that does not go through the API sends what the API would refuse.
    await lake.target.clients.kinesis.send(
      new PutRecordsCommand({
        StreamName: lake.target.names.stream('amazon'),
        Records: [
          { Data: Buffer.from(JSON.stringify(order('bad-1', { status: 7 }))), PartitionKey: 'bad-1' },
        ],
      }),
    );
  });
  afterAll(async () => {
    up.kill('SIGKILL');
    await up.ended;
    rmSync(state, { recursive: true, force: true });
  });

  const hw = (...args: string[]) => headwaters([...args, '--state', state]);
  const rowsOf = async (sql: string) =>
    JSON.parse(Buffer.from(await exportRows(await lake.ask(sql), 'json')).toString()) as Record<
      string,
      unknown
    >[];
  const send = async (events: unknown) => {
    const answer = await lake.call('POST', '/studies/amazon/events', events);
    return { status: answer.status, ...(answer.body as { accepted: number; results: EventAnswer[] }) };
  };
  const transact = async (name: string, input: object) => {
    const ended = await hw('transact', 'amazon', name, JSON.stringify(input));
    return { ...ended, answer: JSON.parse(ended.stdout) };
  };

  test('its OpenAPI description is served as it is written down, and every reference in it resolves', async () => {
    const { status, body } = await lake.call('GET', '/studies/amazon/openapi.json');

    assert.equal(status, 200);
    assert.deepEqual(body, JSON.parse(readFileSync(join(root, 'docs/studies/amazon.openapi.json'), 'utf8')));
    const { openapi, components } = body as { openapi: string; components: { schemas: object } };
    assert.match(openapi, /^3\.1\./);
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    assert.ok(references.length > 0);
    for (const [, name] of references) assert.ok(name! in components.schemas, name);
  });

  test('a request without a signature is turned away', async () => {
    const { Stacks = [] } = await lake.target.clients.cloudFormation.send(new DescribeStacksCommand({}));
    const url = Stacks.flatMap(({ Outputs = [] }) => Outputs).find(
      ({ OutputKey }) => OutputKey === 'HttpUrl',
    )!.OutputValue!;

    const answer = await fetch(
      `${lake.target.localCloud!.endpoint}${new URL(url).pathname}/studies/amazon/events`,
      {
        method: 'POST',
        body: JSON.stringify(order('unsigned')),
      },
    );

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
      await lake.call('POST', '/studies/amazon/transactions/receive-stock', {
        delivery_id: `d-${product}`,
        product_id: product,
        warehouse_id: 'w-1',
        quantity: 3,
        counted_at: '2026-03-01T08:00:00Z',
      });

    const first = await transact('place-order', place);
    const again = await lake.call('POST', '/studies/amazon/transactions/place-order', place);
    const oversold = await transact('place-order', { ...place, order_id: 'o-2' });
    const wrong = await lake.call('POST', '/studies/amazon/transactions/place-order', {
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
    const printed = await hw('compare', 'amazon', 'stock-of-product', 'product_id=p-1', '--json');
    const stock = JSON.parse(printed.stdout) as TwoAnswers;
    const lines = await lake.compare('amazon', 'lines-of-order', { order_id: 'o-1' });
    const orders = await lake.compare('amazon', 'orders-of-customer', { customer_id: 'c-1' });

    assert.equal(printed.code, 0, printed.stderr);
    for (const { equal, oltp, olap } of [stock, lines, orders]) {
      assert.equal(equal, true);
      assert.ok(oltp.readUnits > 0 && olap.scannedBytes > 0);
    }
    assert.deepEqual(stock.oltp.rows, [['w-1', '1']]);
    assert.deepEqual(lines.oltp.rows, [
      ['1', '2', '19.9'],
      ['2', '1', '5'],
    ]);
    assert.deepEqual(orders.oltp.rows, [['o-1', 'created']]);
  });

  describe('what is served', () => {
    interface Page {
      readonly run: string;
      readonly approximate: boolean;
      readonly rows: readonly Record<string, unknown>[];
      readonly next: string | null;
    }
    const get = async (path: string, headers?: Record<string, string>) => {
      const answer = await lake.call('GET', `/studies/amazon${path}`, undefined, headers && { headers });
      return { ...answer, page: answer.body as Page };
    };

    test('every declared query gives the rows that Athena gives, page by page, under the run that made them', async () => {
      const study = lake.studies.find('amazon');
      const [run] = await lake.runs('amazon');
      assert.ok(study.serving.endpoints.length > 0);
      for (const { name, rows: source } of study.serving.endpoints) {
        const pages = [(await get(`/queries/${name}?pageSize=3`)).page];
        while (pages.at(-1)!.next)
          pages.push((await get(`/queries/${name}?pageSize=3&cursor=${pages.at(-1)!.next}`)).page);

        const expected = await rowsOf(
          'query' in source
            ? study.queries.find((query) => query.name === source.query)!.sql
            : `select * from amazon_${source.table}`,
        );
        const sorted = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();
        assert.deepEqual(sorted(pages.flatMap(({ rows }) => rows)), sorted(expected), name);
        for (const page of pages) assert.deepEqual([page.run, page.approximate], [run!.id, false], name);
      }
    });

    test('its tag is answered 304; a cursor of another query is refused', async () => {
      const first = await get('/queries/inventory_status?pageSize=1');

      const same = await get('/queries/inventory_status?pageSize=1', {
        'if-none-match': first.headers.etag!,
      });
      const foreign = await get(`/queries/customer_value?cursor=${first.page.next}`);

      assert.deepEqual([same.status, same.body], [304, undefined]);
      assert.deepEqual(
        [foreign.status, foreign.headers['content-type'], (foreign.body as { type: string }).type],
        [400, 'application/problem+json', 'urn:headwaters:problem:invalid-cursor'],
      );
    });

    test('a value that is SQL is a value', async () => {
      const { status, page } = await get(
        `/queries/inventory_status?${new URLSearchParams({ product_id: "p-1' or '1' = '1" })}`,
      );
      const found = await get('/queries/inventory_status?product_id=p-1');

      assert.deepEqual([status, page.rows], [200, []]);
      assert.deepEqual(
        found.page.rows.map((row) => row.product_id),
        ['p-1'],
      );
    });

    test('SQL is started, watched and read; what writes is refused, and nothing is changed', async () => {
      const post = (sql: string) => lake.call('POST', '/studies/amazon/sql', { sql });
      const started = await post('select order_id from amazon_silver.orders order by 1');
      const location = started.headers.location!;
      const finished = async (): Promise<unknown> => {
        const { state } = (await lake.call('GET', location)).body as { state: string };
        return state === 'QUEUED' || state === 'RUNNING' ? finished() : state;
      };

      assert.deepEqual([started.status, await finished()], [202, 'SUCCEEDED']);
      const rows = (await lake.call('GET', `${location}/rows`)).body as Page;
      assert.deepEqual(rows.rows, await rowsOf('select order_id from amazon_silver.orders order by 1'));
      for (const sql of [
        'delete from amazon_silver.orders where true',
        'create table amazon_gold.x as select 1 as a',
        'drop table amazon_silver.orders',
        'select 1; drop table amazon_silver.orders',
        'select * from amazon_stage.x',
      ])
        assert.equal((await post(sql)).status, 400, sql);
      assert.deepEqual(
        (await rowsOf('select order_id from amazon_silver.orders order by 1')).length,
        rows.rows.length,
      );
    });

    test('health names the run; a live view is approximate', async () => {
      const health = (await get('/health')).body as { status: string; run: string };
      const live = (await get('/live/orders_per_minute?windows=60')).body as { approximate: boolean };

      assert.equal(health.run, (await lake.runs('amazon'))[0]!.id);
      assert.equal(live.approximate, true);
    });
  });

  test('what was accepted is in bronze under the very sequence numbers, and nothing that the API refused', async () => {
    const found = await lake.ask(
      `select event_id, count(distinct sequence_number) as records from amazon_bronze.records
       where event_source = '/shop' and dt > cast(current_date - interval '2' day as varchar) group by 1 order by 1`,
    );

    assert.deepEqual(found.rows, [
      ['bad-1', '1'],
      ['http-1', '2'],
      ['http-5', '1'],
    ]);
  });

  describe('trace', () => {
    const trace = (eventId: string) => lake.trace('amazon', eventId, { days: 7 });
    const rowsIn = (layers: readonly Layer[], layer: string) =>
      layers.filter((found) => found.layer === layer).flatMap(({ rows }) => rows);

    test('an event is followed through objects, ledger, statements, silver, gold and marts', async () => {
      const line = await lake.ask(
        "select _event_id as id from amazon_silver.order_items where order_id = 'o-1' and line_number = 1",
      );

      const layers = await trace(line.rows[0]![0]!);

      const [bronze, ledger, run, statements, ...tables] = layers;
      assert.match(bronze!.rows[0]![0]!, /^s3:\/\/headwaters-lake-.*\/bronze\/study=amazon\/.*\.ndjson\.gz$/);
      assert.ok(bronze!.rows[0]![0]!.endsWith(ledger!.rows[0]![0]!));
      assert.equal(run!.layer, `run ${ledger!.rows[0]![3]}`);
      assert.deepEqual(
        ['stage', 'publish'].filter((step) =>
          statements!.rows.some(([object]) => object!.endsWith(`/${step}-fact_sales.sql`)),
        ),
        ['stage', 'publish'],
      );
      assert.deepEqual(
        tables.map(({ place }) => place),
        [
          'amazon_silver.order_items',
          'amazon_gold.fact_sales',
          'amazon_marts.customer_month',
          'amazon_marts.sales_by_category',
          'amazon_marts.sales_by_state',
          'amazon_marts.sales_daily',
          'amazon_marts.customer_value',
        ],
      );
    });

    test('a duplicate is twice in bronze and once in silver', async () => {
      const printed = await hw('trace', 'http-1', '--study', 'amazon', '--json');
      const { layers, hops } = JSON.parse(printed.stdout) as {
        layers: Layer[];
        hops: readonly { readonly title: string }[];
      };

      assert.equal(printed.code, 0, printed.stderr);
      assert.equal(rowsIn(layers, 'bronze').length, 2);
      assert.equal(rowsIn(layers, 'silver').length, 1);
      const titles = hops.map(({ title }) => title);
      assert.ok(titles.includes('Typed and kept: the first of 2 records with its id'), titles.join('\n'));
    });

    test('a record that a producer sent without the API is refused, and found in quarantine with its rule', async () => {
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
      const ended = await hw('trace', 'never', '--study', 'amazon');

      assert.equal(ended.code, 1);
      assert.match(
        ended.stderr,
        /^error: No record of the last 7 days in amazon has the event id, or the place, 'never'/,
      );
    });
  });

  test('status tells where the lake is served and how its runs ended', async () => {
    const ended = await hw('status', '--json');

    const found = JSON.parse(ended.stdout);
    assert.equal(found.endpoint, lake.target.localCloud!.endpoint);
    assert.equal(found.studies[0].landed.objects, 0);
    assert.deepEqual(
      [...new Set(found.studies[0].runs.map(({ status }: { status: string }) => status))],
      ['SUCCEEDED'],
    );
  });

  test('a second up over the same state folder says where the first one is', async () => {
    const ended = await hw('up', '--port', '0');

    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /^error: A local cloud is up already at http:\/\/127\.0\.0\.1:\d+/);
  });

  test('down stops it in good order; with --purge its state is gone', async () => {
    await lake.close();
    const stopped = await hw('down');
    const served = await up.ended;
    const purged = await hw('down', '--purge');

    assert.match(stopped.stdout, /^Stopped the local cloud at http/);
    assert.equal(served.code, 0, served.stderr);
    assert.match(purged.stdout, /^No local cloud is up over this state folder.\nRemoved the state in /);
    assert.equal(existsSync(state), false);
  });
});
