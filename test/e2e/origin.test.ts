/** Forwards and back: records found in bronze to the byte, and cells traced back to exactly the records that made them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import type { Zone } from '../../lib/model/layout.ts';
import { followRoutes } from '../../web/pages/follow/backend.ts';
import type { FollowedRecord } from '../../web/pages/follow/contract.ts';
import type { Backend } from '../../web/server/http.ts';

/** A cell, and a query of silver that finds its records without the model's SQL. */
interface Cell {
  readonly zone: Zone;
  readonly table: string;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
  readonly records: string;
}

const identity = (silver: string, alias: string) =>
  `'${silver}|' || ${alias}._stream || '|' || ${alias}._shard || '|' || ${alias}._sequence_number`;

/** Of each order its newest event, as silver has them. */
const NEWEST_ORDER =
  '(select *, row_number() over (partition by order_id order by _event_time desc, _arrived_at desc, _shard desc, _sequence_number desc) as nth from amazon_silver.orders)';

describe('a lake with duplicates, malformed and late records', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-origin-'));
  let lake: Lake;
  beforeAll(async () => {
    lake = openLake(await embedded({ stateDir, port: 0 }), { studies: studiesOf() });
    await lake.makeReady('amazon');
    await lake.run('amazon', {
      kind: 'simulation',
      events: 1500,
      seed: 7,
      days: 10,
      faults: { duplicates: 0.05, malformed: 0.05, late: 0.05, drift: 0.02, unknown: 0.02 },
    });
  });
  afterAll(async () => {
    await lake?.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  const rowsOf = async (sql: string) => (await lake.ask(sql)).rows as readonly (readonly string[])[];

  test('twenty cells lead back to exactly the records that an independent query finds', async () => {
    const cells: Cell[] = [];
    for (const [sale, order, line] of await rowsOf(
      'select sale_id, order_id, cast(line_number as varchar) from amazon_gold.fact_sales order by sale_id limit 7',
    )) {
      const sales = { zone: 'gold', table: 'fact_sales', key: { sale_id: sale! } } as const;
      cells.push({
        ...sales,
        column: 'amount',
        records: `select ${identity('order_items', 'i')} from amazon_silver.order_items as i where i.order_id = '${order}' and i.line_number = ${line}`,
      });
      cells.push({
        ...sales,
        column: 'order_status',
        records: `select ${identity('orders', 'o')} from ${NEWEST_ORDER} as o where o.nth = 1 and o.order_id = '${order}'`,
      });
    }
    for (const [session] of await rowsOf(
      'select session_id from amazon_gold.fact_session order by session_id limit 4',
    ))
      cells.push({
        zone: 'gold',
        table: 'fact_session',
        column: 'is_converted',
        key: { session_id: session! },
        records: `select ${identity('clickstream', 'c')} from amazon_silver.clickstream as c where c.session_id = '${session}'`,
      });
    for (const [day] of await rowsOf(
      'select cast(order_date as varchar) from amazon_marts.sales_daily order by orders desc, order_date limit 2',
    ))
      cells.push({
        zone: 'marts',
        table: 'sales_daily',
        column: 'revenue',
        key: { order_date: day! },
        records: `with orders as (select * from ${NEWEST_ORDER} as o where o.nth = 1 and cast(o.purchased_at as date) = date '${day}')
          select ${identity('orders', 'o')} from orders as o where o.order_id in (select order_id from amazon_silver.order_items)
          union select ${identity('order_items', 'i')} from amazon_silver.order_items as i where i.order_id in (select order_id from orders)`,
      });
    assert.equal(cells.length, 20);

    for (const { zone, table, column, key, records } of cells) {
      const origin = await lake.cellOrigin('amazon', zone, table, column, key);

      const found = origin.records.map((one) =>
        [one.silver, one.stream, one.shard, one.sequenceNumber].join('|'),
      );
      const expected = (await rowsOf(records)).map(([line]) => line!);
      assert.deepEqual(found.toSorted(), expected.toSorted(), `${table}.${column} of ${JSON.stringify(key)}`);
      assert.ok(found.length > 0);
    }
  });

  /**
   * So many records of the stream of a kind: event id (NULL where it cannot be read), object, shard, sequence number. A late
   * one comes after an event that happened on a later day.
   */
  const recordsOf = async (condition: string, most: number) =>
    rowsOf(
      `select event_id, "$path", shard, sequence_number from (
         select *, "$path", count(*) over (partition by event_source, event_id) as copies,
           substr(event_time, 1, 10) < max(substr(event_time, 1, 10)) over (
             order by sequence_number rows between unbounded preceding and 1 preceding) as is_late
         from amazon_bronze.records
         where stream = 'events' and dt >= '2000-01-01'
       ) as r where ${condition} order by sequence_number limit ${most}`,
    );

  test('fifty records are where the page says, to the byte, with every other record of their event', async () => {
    const kinds = [
      await recordsOf("copies = 1 and not coalesce(is_late, false) and verdict = 'valid'", 15),
      await recordsOf("copies > 1 and verdict = 'valid'", 12),
      await recordsOf("copies = 1 and is_late and verdict = 'valid'", 11),
      await recordsOf("verdict = 'refused'", 12),
    ];
    assert.deepEqual(
      kinds.map((kind) => kind.length),
      [15, 12, 11, 12],
    );
    const objects = new Map<string, Buffer>();
    const bytesOf = async (path: string) => {
      const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.*)$/.exec(path)!;
      const { Body } = await lake.target.clients.s3.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = gunzipSync(await Body!.transformToByteArray());
      objects.set(path, bytes);
      return bytes;
    };

    for (const [, path, shard, sequence] of kinds.flat()) {
      const place = await lake.recordInObject('amazon', path!.replace(/^s3:\/\/[^/]+\//, ''), {
        shard: shard!,
        sequenceNumber: sequence!,
      });

      const bytes = objects.get(path!) ?? (await bytesOf(path!));
      const line = JSON.parse(bytes.subarray(place!.start, place!.end).toString('utf8'));
      assert.deepEqual([line.shard, line.sequence_number], [shard, sequence]);
      assert.ok(place!.start === 0 || bytes[place!.start - 1] === 0x0a);
    }
    const route = followRoutes.find(({ path }) => path === 'studies/:study/follow')!;
    for (const [id, path, shard, sequence] of kinds.flat()) {
      const place = `events/${shard}/${sequence}`;
      const shown = (await route.handle({ lake } as Backend, {
        params: { study: 'amazon' },
        query: new URLSearchParams({ id: place }),
        body: undefined,
        headers: {},
      })) as FollowedRecord;

      const { start, end, text } = shown.line!;
      const bytes = objects.get(path!)!;
      assert.equal(shown.copy.record, place);
      assert.equal(text, bytes.subarray(start, end).toString('utf8'));
      const said = `bytes ${start.toLocaleString('en-US')} to ${(end - 1).toLocaleString('en-US')}`;
      assert.ok(
        shown.hops.some(({ title }) => title.endsWith(said)),
        said,
      );
      // A record whose id cannot be read has no trace by it.
      if (id) assert.equal(shown.eventId, id);
      const { rows } = await lake.ask(
        `select count(*) from amazon_bronze.records where dt >= '2000-01-01' and ${id ? `event_id = '${id}'` : `sequence_number = '${sequence}' and shard = '${shard}'`}`,
      );
      assert.equal(shown.copies.length, Number(rows[0]![0]));
    }
  });

  test('a record is followed to exactly the rows of gold that an independent query finds', async () => {
    const tables = async (id: string) => {
      const { layers } = await lake.follow('amazon', id, { days: 30 });
      return new Map(layers.map((layer) => [layer.place, layer]));
    };
    const idsOf = async (silver: string) =>
      rowsOf(`select _event_id, order_id from amazon_silver.${silver} order by _sequence_number limit 5`);

    for (const [id] of await idsOf('order_items')) {
      const found = await tables(id!);
      const [expected] = await rowsOf(
        `select f.sale_id, f.order_month, p.category from amazon_gold.fact_sales as f
         join amazon_silver.order_items as i on i.order_id = f.order_id and i.line_number = f.line_number
         join amazon_gold.dim_product as p on p.product_key = f.product_key where i._event_id = '${id}'`,
      );
      const [sale, month, category] = expected ?? [];
      assert.deepEqual(
        found.get('amazon_gold.fact_sales')?.rows.map(([key]) => key) ?? [],
        sale ? [sale] : [],
      );
      assert.deepEqual(
        found.get('amazon_marts.sales_by_category')?.rows.map((row) => row.slice(0, 2)) ?? [],
        sale ? [[month, category]] : [],
      );
    }
    for (const [id, order] of await idsOf('orders')) {
      const found = await tables(id!);
      // Only the newest event of an order makes its sales.
      const [newest] = await rowsOf(
        `select _event_id from ${NEWEST_ORDER} as o where nth = 1 and order_id = '${order}'`,
      );
      const sales = await rowsOf(
        `select sale_id from amazon_gold.fact_sales where order_id = '${order}' order by 1 limit 5`,
      );
      assert.deepEqual(
        found.get('amazon_gold.fact_sales')?.rows.map(([key]) => [key]) ?? [],
        newest![0] === id ? sales : [],
      );
    }
  });

  test('a version of a dimension leads back to the record that was delivered, which is followed to it', async () => {
    // The first version of a customer holds since ever, whenever it was delivered.
    const versions = await rowsOf(
      `select d.customer_key, cast(d.valid_from as varchar), c._event_id, ${identity('customers', 'c')} from amazon_gold.dim_customer as d
       join (select *, row_number() over (partition by customer_id order by _arrived_at, _shard, _sequence_number) as nth from amazon_silver.customers) as c
         on c.customer_id = d.customer_id and c.nth = 1 where d.valid_from = timestamp '1900-01-01 00:00:00' order by 1 limit 3`,
    );
    assert.equal(versions.length, 3);
    for (const [key, , id, record] of versions) {
      const cell = await lake.cellOrigin('amazon', 'gold', 'dim_customer', 'city', { customer_key: key! });
      const { layers } = await lake.follow('amazon', id!, { days: 30 });

      assert.deepEqual(
        cell.records.map((one) => [one.silver, one.stream, one.shard, one.sequenceNumber].join('|')),
        [record],
      );
      const dimension = layers.find(({ place }) => place === 'amazon_gold.dim_customer');
      assert.deepEqual(
        dimension?.rows.map(([first]) => first),
        [key],
      );
    }
  });

  test('the rows behind a cell are those that its value is made of', async () => {
    const [[month, category, revenue, sales]] = (await rowsOf(
      'select cast(order_month as varchar), category, cast(revenue as varchar), cast(sales as varchar) from amazon_marts.sales_by_category order by sales desc, category limit 1',
    )) as [string[]];

    const key = { order_month: month!, category: category! };
    const cell = await lake.cellOrigin('amazon', 'marts', 'sales_by_category', 'revenue', key);

    const { rows } = await lake.ask(cell.behind!.sql.replace(/ limit \d+$/, ''));
    const amount = cell.behind!.columns.indexOf('amount');
    const counts = cell.behind!.columns.indexOf('is_revenue');
    const cents = rows.reduce(
      (sum, row) => sum + (row[counts] === 'true' ? Math.round(Number(row[amount]) * 100) : 0),
      0,
    );
    assert.deepEqual([cell.value, cell.behind!.total, rows.length], [revenue, Number(sales), Number(sales)]);
    assert.equal(cents, Math.round(Number(revenue) * 100));
  });
});
