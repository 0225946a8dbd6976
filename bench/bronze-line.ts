/**
 * How many events a second one core judges and encodes: decode, envelope, contract, bronze line; then with gzip as
 * bronze-writer does it. Named peer: JSON.parse and JSON.stringify of the same records, with nothing judged.
 *
 * Method: 20,000 distinct records of about 350 bytes, taken round by round for about two seconds after one warm-up round;
 * one thread; the median round counts.
 */
import { gzipSync } from 'node:zlib';
import { parseContract } from '../lib/model/contract/contract.ts';
import { encodeLine } from '../lib/model/run/bronze.ts';
import { createRecordMaker, type StreamRecord } from '../lib/model/run/bronzeRecord.ts';

const contract = `apiVersion: v3.1.0
kind: DataContract
id: bench
version: 1.0.0
status: active
description: {purpose: Bench.}
schema:
  - name: order_items
    physicalType: topic
    dataGranularityDescription: One record per order line.
    properties:
      - {name: order_id, logicalType: string, required: true, description: Order., logicalTypeOptions: {minLength: 1}}
      - {name: line_number, logicalType: integer, required: true, description: Line., logicalTypeOptions: {minimum: 1}}
      - {name: product_id, logicalType: string, required: true, description: Product., logicalTypeOptions: {pattern: '^[0-9a-f]+$'}}
      - {name: quantity, logicalType: integer, required: true, description: Units., logicalTypeOptions: {minimum: 1}}
      - {name: unit_price, logicalType: number, required: true, description: Price., logicalTypeOptions: {minimum: 0}}
      - {name: placed_at, logicalType: timestamp, required: true, description: When.}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: bench.order_items}
`;

const count = 20_000;

const records: StreamRecord[] = Array.from({ length: count }, (_, index) => ({
  stream: 'events',
  shard: 'shardId-000000000000',
  sequenceNumber: `4965${String(index).padStart(52, '0')}`,
  arrivedAtMs: Date.UTC(2024, 11, 1) + (index >> 3),
  partitionKey: `order-${index}`,
  bytes: Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      source: 'bench',
      type: 'bench.order_items',
      subject: `order-${index}`,
      time: '2024-12-01T10:00:00.000Z',
      data: {
        order_id: `order-${index}`,
        line_number: 1 + (index % 4),
        product_id: (index * 2654435761).toString(16).padStart(16, '0'),
        quantity: 1 + (index % 3),
        unit_price: (index % 10_000) / 100,
        placed_at: '2024-12-01T10:00:00.000Z',
      },
    }),
  ),
}));

/** Events a second of the median round. */
function measure(round: () => void): number {
  round();
  const seconds: number[] = [];
  for (const end = performance.now() + 2000; performance.now() < end; ) {
    const start = performance.now();
    round();
    seconds.push((performance.now() - start) / 1000);
  }
  return count / (seconds.sort((a, b) => a - b)[seconds.length >> 1] as number);
}

const judge = createRecordMaker({
  sources: [parseContract(contract, 'bench/sources/order_items.yaml', 'bench')],
});

const lines = () => {
  let text = '';
  for (const record of records) text += encodeLine(judge(record).line);
  return text;
};

const valid = records.filter((record) => judge(record).line.verdict === 'valid').length;
if (valid !== count)
  throw new Error(`${count - valid} of ${count} records are refused; the bench would measure refusals`);

const results = {
  'only parse and stringify': measure(() => {
    for (const { bytes } of records) JSON.stringify(JSON.parse(bytes.toString()));
  }),
  'judge and encode': measure(lines),
  'judge, encode, gzip level 1': measure(() => {
    gzipSync(lines(), { level: 1 });
  }),
};

const bytes = records.reduce((sum, record) => sum + record.bytes.byteLength, 0) / count;
console.log(`records of ${Math.round(bytes)} bytes, one core`);
const peer = results['only parse and stringify'];
for (const [what, rate] of Object.entries(results))
  console.log(
    `${what.padEnd(28)} ${Math.round(rate).toLocaleString('en').padStart(10)} events/s  ${(rate / peer).toFixed(2)} of the peer`,
  );
