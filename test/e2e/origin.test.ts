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
import type { Followed } from '../../web/pages/follow/contract.ts';
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

  test('fifty records are where the page says, to the byte, and each hop is that of headwaters trace', async () => {
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
    const follow = followRoutes.find(({ path }) => path === 'studies/:study/follow')!;
    // A record whose id cannot be read has no trace by it.
    const ids = [...new Set(kinds.flat().flatMap(([id]) => id ?? []))];
    for (const id of ids) {
      const shown = (await follow.handle({ lake } as Backend, {
        params: { study: 'amazon' },
        query: new URLSearchParams({ id }),
        body: undefined,
        headers: {},
      })) as Followed;

      const traced = await lake.trace('amazon', id, { days: 30 });
      assert.deepEqual(
        shown.hops.map(({ places: _places, ...hop }) => hop),
        traced,
      );
    }
  });
});
