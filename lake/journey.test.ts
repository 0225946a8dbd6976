/** The way of a record follows from what the lake knows of it: stream, table or file first, and the end that it came to. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type JourneyEvidence, journeyOf, type TableEvidence } from './journey.ts';

const SEQUENCE = '49179604169557000000000000000000000000000000000000000278';

const evidence = (changes: Partial<JourneyEvidence> = {}): JourneyEvidence => ({
  copy: {
    record: `events/shardId-000000000003/${SEQUENCE}`,
    arrivedAt: '2026-11-30T12:28:15.878Z',
    fate: 'kept',
  },
  copies: 1,
  identity: { stream: 'events', shard: 'shardId-000000000003', sequenceNumber: SEQUENCE },
  eventId: 'line-1',
  source: 'order_items',
  contract: { version: '1.0.0' },
  sentBy: '/shop',
  partitionKey: 'o-1',
  happenedAt: '2026-11-30T09:00:00.000Z',
  stream: 'lake-shop-events',
  object: { key: `bronze/shardId-000000000003-${SEQUENCE}.ndjson.gz`, packed: 267_479 },
  place: { line: 278, start: 155_536, end: 156_111, text: '{}', unpackedBytes: 3_322_577, before: '277' },
  ledger: {
    table: 'lake-ledger',
    records: 5809,
    valid: 5800,
    refused: 9,
    state: 'accounted',
    writtenAt: '2026-11-30T12:28:17.100Z',
    run: '20261130t122916-03ed2afc',
  },
  run: { id: '20261130t122916-03ed2afc', startedAt: '2026-11-30T12:29:16.437Z' },
  live: [],
  tables: [],
  ...changes,
});

const table = (
  zone: TableEvidence['zone'],
  name: string,
  changes: Partial<TableEvidence> = {},
): TableEvidence => ({
  layer: { layer: zone, place: `shop_${zone}.${name}`, columns: ['id'], rows: [['o-1']] },
  zone,
  table: name,
  labels: ['o-1'],
  values: [],
  isGrouped: false,
  isView: false,
  isOwn: true,
  statements: [],
  joined: [],
  ...changes,
});

const titlesOf = (changes: Partial<JourneyEvidence>) =>
  journeyOf(evidence(changes)).map(({ title }) => title);

const FROM_SHARD_TO_LEDGER = [
  'Arrived in shard 3 as …00000278',
  'Judged valid in a batch of 5,809',
  'Written as line 278, bytes 155,536 to 156,110',
  'Object taken and accounted for by the run',
];

test('a record that was kept goes from its shard through batch, object, ledger and silver to gold and the marts', () => {
  const hops = journeyOf(
    evidence({
      tables: [
        table('silver', 'order_items'),
        table('gold', 'fact_sales', { measure: { column: 'amount', value: '77.94' } }),
        table('marts', 'sales_by_category', { labels: ['November 2026, Audio'], isGrouped: true }),
      ],
    }),
  );

  assert.deepEqual(
    hops.map(({ title }) => title),
    [
      ...FROM_SHARD_TO_LEDGER,
      'Typed and kept: the only record with its id',
      'Published as o-1, amount 77.94',
      'Counted in November 2026, Audio',
    ],
  );
  assert.deepEqual(
    hops.slice(0, 4).map(({ at }) => at),
    ['2026-11-30T12:28:15.878Z', undefined, '2026-11-30T12:28:17.100Z', '2026-11-30T12:29:16.437Z'],
  );
  assert.equal(hops[0]!.facts.at(-1)!.said[0]!.text, '2026-11-30 09:00:00.000, 3 h before it arrived');
});

test('a change in DynamoDB and a row of a file have first hops of their own', () => {
  const [change, arrival] = titlesOf({ change: { entity: 'order_line', table: 'lake-store-shop' } });
  const [file, verdict] = titlesOf({
    identity: { stream: 'landing', shard: '1f3a', sequenceNumber: '000000000240' },
    file: { key: 'shop/products/products.ndjson', rows: 1240 },
  });

  assert.deepEqual(
    [change, arrival],
    ['Written in DynamoDB as an item of order_line', 'Arrived in shard 3 as …00000278'],
  );
  assert.deepEqual(
    [file, verdict],
    ['Landed as row 240 of 1,240 in products.ndjson', 'Judged valid as one of 5,809 rows'],
  );
});

test('a refused record ends in quarantine, a duplicate where it was left out, a new one where it waits for a run', () => {
  const copy = evidence().copy;
  const refused = journeyOf(
    evidence({
      copy: { ...copy, fate: 'refused', of: 'type' },
      refusal: { rule: 'type', path: '/quantity', detail: 'is not an integer' },
    }),
  );
  const duplicate = journeyOf(
    evidence({ copy: { ...copy, fate: 'duplicate', of: 'events/s/77' }, copies: 2 }),
  );
  const { run: _run, ...landed } = evidence().ledger!;
  const waiting = journeyOf(
    evidence({ copy: { ...copy, fate: 'waiting' }, ledger: { ...landed, state: 'landed' } }),
  );

  assert.deepEqual(
    [refused, duplicate, waiting].map((hops) => [hops.at(-1)!.title, hops.at(-1)!.end]),
    [
      ['Refused by the rule type: it is in quarantine', 'refused'],
      ['Left out as a duplicate: another record with its id was kept', 'duplicate'],
      ['Object landed; no run has taken it yet', 'waiting'],
    ],
  );
  assert.equal(refused[1]!.title, 'Found to break the rule type, in a batch of 5,809');
});

test('a row that a model refused comes after what was kept', () => {
  const refusedRows = {
    layer: 'quarantine',
    place: 'shop_quarantine.refused',
    columns: ['model', 'rule', 'detail'],
    rows: [['fact_sales', 'required:customer_key', 'is null']],
  };

  const titles = titlesOf({ tables: [table('silver', 'order_items')], refusedRows });

  assert.deepEqual(titles.slice(4), [
    'Typed and kept: the only record with its id',
    'Its row of fact_sales was refused by the rule required:customer_key',
  ]);
});

test('of many tables and rows a few have hops, and the others are counted', () => {
  const many = (zone: TableEvidence['zone'], count: number) =>
    Array.from({ length: count }, (_, at) => table(zone, `${zone}_${at}`));
  const wide = table('gold', 'quotes_then', {
    layer: { layer: 'gold', place: 'shop_gold.quotes_then', columns: ['id'], rows: [['o-1']], total: 75 },
    isGrouped: true,
  });

  const titles = titlesOf({
    tables: [table('silver', 'items'), wide, ...many('gold', 3), ...many('marts', 4)],
  });

  assert.deepEqual(titles.slice(5), [
    'Counted in 75 rows, one of them o-1',
    'Published as o-1',
    'Shown as o-1',
    'Shown as o-1',
    'Also in 4 more tables',
  ]);
});
