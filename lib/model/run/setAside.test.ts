/** Setting records aside: every line stays, only verdicts change, and quarantine gets the bytes. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { decodeEvent } from '../contract/envelope.ts';
import { accountedRow } from '../testing/ledger.ts';
import { type BronzeLine, objectKey, placeOf } from './bronze.ts';
import { landedAgain, ledgerRow } from './ledger.ts';
import { landedObjects } from './plan.ts';
import { linesOfUnreadable, mayHold, parseSetAside, rewriteObject } from './setAside.ts';

const place = {
  study: 'shop',
  stream: 'events',
  shard: 'shardId-0',
  dt: '2024-12-01',
  hour: '10',
  first: '1',
  last: '20',
};
const key = objectKey(place);
const note = { by: 'ana', at: '2024-12-01T11:00:00.000Z', reason: 'it blocks' };
const line = (sequence: string, verdict: BronzeLine['verdict'] = 'valid'): BronzeLine => ({
  stream: 'events',
  shard: 'shardId-0',
  sequence_number: sequence,
  arrived_at: '2024-12-01T10:00:00.000Z',
  source: 'orders',
  verdict,
  ...(verdict === 'refused' && { rule: 'type', rule_path: '/x' }),
  event_id: `e${sequence}`,
  event_source: 'till',
  event_type: 'shop.orders',
  data: '{"amount":1.50}',
});
const read = (ndjson: string) =>
  ndjson
    .split('\n')
    .filter(Boolean)
    .map((text) => JSON.parse(text) as BronzeLine);

test('a target is a record by its identity, or an object by its key', () => {
  assert.deepEqual(parseSetAside('events/shardId-0/49'), {
    kind: 'record',
    stream: 'events',
    shard: 'shardId-0',
    sequenceNumber: '49',
  });
  assert.deepEqual(parseSetAside(`s3://lake/${key}`), { kind: 'object', key, place });
  for (const text of ['', 'events/shardId-0', 'a/b/c/d', 'quarantine/x', key.replace('.gz', '')])
    assert.equal(parseSetAside(text), undefined);
});

test('only objects that may hold the records are looked into, copies included', () => {
  const record = parseSetAside('events/shardId-0/9')!;
  const object = parseSetAside(key)!;
  const at = (first: string, last: string, shard = 'shardId-0') => ({ ...place, first, last, shard });

  assert.deepEqual(
    [at('1', '20'), at('10', '20'), at('9', '9'), at('1', '20', 'shardId-1')].map((one) =>
      mayHold(one, record),
    ),
    [true, false, true, false],
  );
  assert.deepEqual(
    [at('20', '30'), at('21', '30'), at('0', '1')].map((one) => mayHold(one, object)),
    [true, false, true],
  );
});

const sequences = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 12 });

test('every line stays with its data, and a second time changes nothing', () => {
  fc.assert(
    fc.property(sequences, fc.nat(), fc.func(fc.boolean()), (numbers, pick, isRefused) => {
      const lines = numbers.map((number) => line(String(number), isRefused(number) ? 'refused' : 'valid'));
      const wanted = lines[pick % lines.length]!.sequence_number;
      const target = parseSetAside(`events/shardId-0/${wanted}`)!;
      const before = lines.filter(({ verdict }) => verdict === 'refused');

      const once = rewriteObject(lines, before, target, note);
      const again = rewriteObject(
        read(once.bronze).map((one) => ({ ...one, stream: 'events' })),
        read(once.quarantine).map((one) => ({ ...one, stream: 'events' })),
        target,
        { ...note, by: 'bob' },
      );

      assert.deepEqual(
        read(once.bronze).map(({ sequence_number, data }) => [sequence_number, data]),
        lines.map(({ sequence_number, data }) => [sequence_number, data]),
      );
      assert.deepEqual(once.setAside, [wanted]);
      assert.equal(once.counts.records, lines.length);
      assert.equal(
        once.counts.refused,
        read(once.bronze).filter(({ verdict }) => verdict === 'refused').length,
      );
      assert.deepEqual(
        read(once.quarantine)
          .map(({ sequence_number }) => sequence_number)
          .sort(),
        [...new Set([...before.map(({ sequence_number }) => sequence_number), wanted])].sort(),
      );
      assert.deepEqual([again.bronze, again.quarantine], [once.bronze, once.quarantine]);
    }),
  );
});

test('quarantine gets who set it aside, when and why, and the event with its payload as it was', () => {
  const { quarantine } = rewriteObject([line('1')], [], parseSetAside(key)!, note);

  const [kept] = read(quarantine);
  assert.deepEqual(
    [kept?.rule, kept?.rule_detail],
    ['set-aside', 'set aside by ana at 2024-12-01T11:00:00.000Z: it blocks'],
  );
  const decoded = decodeEvent(Buffer.from(kept?.raw_base64 ?? '', 'base64'));
  assert.ok('event' in decoded);
  assert.deepEqual(
    [decoded.event.id, decoded.event.source, decoded.dataText],
    ['e1', 'till', '{"amount":1.50}'],
  );
});

test('records of a damaged object that cannot be read stay accounted for', () => {
  const lines = linesOfUnreadable(place, [line('1'), line('2')], 5, 's3://lake/kept');

  const { counts, setAside } = rewriteObject([line('1'), line('2'), ...lines], [], parseSetAside(key)!, note);

  assert.deepEqual(lines.map(({ sequence_number, rule }) => [sequence_number, rule])[0], [
    '20',
    'unreadable',
  ]);
  assert.deepEqual(counts, { records: 5, valid: 0, refused: 5 });
  assert.equal(setAside.length, 5);
});

test('the next run takes the object again, and computes every table as a whole', () => {
  const row = ledgerRow(placeOf(key)!, key, { records: 2, valid: 2, refused: 0, bytes: 9 }, note.at);
  const options = { study: 'shop', lake: 'lake' };

  const again = landedAgain(accountedRow(row, 'before'), { records: 2, valid: 1, refused: 1, bytes: 8 });

  assert.equal(landedObjects([row], options)?.recompute, false);
  const landed = landedObjects([again], options);
  assert.deepEqual([landed?.recompute, landed?.records], [true, 2]);
  assert.deepEqual([again.run_id, again.landed_pk], [undefined, row.landed_pk]);
  assert.equal(accountedRow(again, 'r').recompute, undefined);
});
