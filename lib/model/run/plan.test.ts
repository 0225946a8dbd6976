import assert from 'node:assert/strict';
import { test } from 'vitest';
import { accountedRow } from '../testing/ledger.ts';
import { objectKey } from './bronze.ts';
import { acknowledgedTable, bronzeTable, runObjectsTable } from './glue.ts';
import { landedKeys, leaseIsFree, ledgerRow, nextLease } from './ledger.ts';
import { landedObjects, manifestKey } from './plan.ts';

const row = (dt: string, hour: string, first: string) => {
  const place = { study: 'shop', stream: 'events', shard: 's', dt, hour, first, last: first };
  return ledgerRow(
    place,
    objectKey(place),
    { records: 2, valid: 1, refused: 1, bytes: 9 },
    '2024-12-01T10:00:00.000Z',
  );
};
const options = { study: 'shop', lake: 'lake' };

test('a run takes what has landed, whatever order the index gives it in', () => {
  const rows = [row('2024-12-02', '00', '3'), row('2024-12-01', '23', '1'), row('2024-12-01', '22', '2')];

  const landed = landedObjects(rows, options);

  assert.deepEqual(landedObjects(rows.toReversed(), options), landed);
  assert.deepEqual(landed?.slice, {
    streams: ['events'],
    firstDt: '2024-12-01',
    lastDt: '2024-12-02',
    hours: ['00', '22', '23'],
  });
  assert.equal(landed?.records, 6);
  assert.equal(
    landed?.objects[0]?.path,
    's3://lake/bronze/study=shop/stream=events/dt=2024-12-01/hour=22/s-2-2.ndjson.gz',
  );
});

test('accounted rows are not taken again, and without rows nothing has landed', () => {
  const accounted = accountedRow(row('2024-12-01', '22', '2'), 'before');

  assert.equal(landedObjects([accounted], options), undefined);
});

test('records may have come twice where the sequence numbers of a shard’s objects overlap', () => {
  const object = (first: string, last: string) => ({
    ...row('2024-12-01', '22', first),
    first_sequence: first,
    last_sequence: last,
  });
  const copies = (...objects: ReturnType<typeof object>[]) => landedObjects(objects, options)?.copies;

  assert.equal(copies(object('1', '9'), object('10', '12')), false);
  assert.equal(copies(object('10', '12'), object('1', '10')), true);
  assert.equal(copies(object('1', '9'), { ...object('5', '6'), shard: 'other' }), false);
});

test('an accounted row leaves the index of landed ones', () => {
  const landed = row('2024-12-01', '22', '2');

  assert.ok(landedKeys('shop').includes(landed.landed_pk as string));
  assert.equal('landed_pk' in accountedRow(landed, 'r'), false);
});

test('a lease is free when nobody holds it or its time is over, and counts its holders', () => {
  const holder = { runId: 'a', attempt: 1, open: true, executionArn: 'arn', expiresAt: 100 };
  const lease = nextLease('shop', holder, undefined);

  assert.deepEqual(
    [leaseIsFree(undefined, 0), leaseIsFree(lease, 99), leaseIsFree(lease, 100)],
    [true, false, true],
  );
  assert.equal(nextLease('shop', { ...holder, runId: 'b', expiresAt: 200 }, lease).version, 2);
});

// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
test('bronze is read by partition projection from the place where its objects are', () => {
  const table = bronzeTable('shop', 'lake');
  const place = {
    study: 'shop',
    stream: 'events',
    shard: 's',
    dt: '2024-12-01',
    hour: '05',
    first: '1',
    last: '2',
  };

  const template = table.Parameters['storage.location.template'] ?? '';
  const location = template
    .replace('$' + '{stream}', place.stream)
    .replace('$' + '{dt}', place.dt)
    .replace('$' + '{hour}', place.hour);

  assert.ok(`s3://lake/${objectKey(place)}`.startsWith(location));
  assert.deepEqual(
    table.PartitionKeys.map((key) => key.Name),
    ['stream', 'dt', 'hour'],
  );
});

test('the manifest is where its table looks for the run', () => {
  const template = runObjectsTable('shop', 'lake').Parameters['storage.location.template'] ?? '';

  assert.ok(`s3://lake/${manifestKey('shop', 'r1')}`.startsWith(template.replace('$' + '{run}', 'r1')));
  assert.equal(acknowledgedTable('shop', 'lake').Parameters['projection.run.type'], 'injected');
});
