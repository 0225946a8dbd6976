/** The sweep finds exactly the objects whose writer died before the ledger row. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { LedgerRow } from '../../lib/model/run/ledger.ts';
import { ledgerRow } from '../../lib/model/run/ledger.ts';
import { type BronzeObject, bronzeObject, bronzeStudy } from '../shared/bronzeObjects.ts';
import { smallStudy } from '../shared/smallStudy.fixture.ts';
import { lastDays, type SweepPorts, sweep } from './logic.ts';

const NOW = Date.UTC(2024, 11, 1, 12);

const object = (sequence: string, verdict: 'valid' | 'refused' = 'valid') =>
  bronzeObject(bronzeStudy(smallStudy), [
    {
      line: {
        stream: 'events',
        shard: 's',
        sequence_number: sequence,
        arrived_at: '2024-12-01T10:00:00.000Z',
        verdict,
      },
      bytes: () => Buffer.from('x'),
    },
  ]);

function lakeWith(
  objects: readonly (BronzeObject & { ageMinutes: number })[],
  known: readonly BronzeObject[],
) {
  const put: LedgerRow[] = [];
  const ports: SweepPorts = {
    async *list(prefix) {
      for (const { key, body, ageMinutes } of objects) {
        if (key.startsWith(prefix))
          yield { key, bytes: body.byteLength, lastModifiedMs: NOW - ageMinutes * 60_000 };
      }
    },
    ledgerKeys: async () => new Set(known.map(({ key }) => key)),
    read: async (key) => objects.find((one) => one.key === key)!.body,
    put: async (row) => {
      put.push(row);
      return true;
    },
  };
  return { ports, put };
}

const options = {
  study: 'shop',
  streams: ['events'],
  days: ['2024-12-01'],
  nowMs: NOW,
  minutesBeforeSwept: 15,
};

test('An object without a row gets the row that its writer would have written', async () => {
  const orphan = object('1', 'refused');
  const { ports, put } = lakeWith([{ ...orphan, ageMinutes: 20 }], []);

  const added = await sweep(ports, options);

  assert.deepEqual(added, [orphan.key]);
  assert.deepEqual(put, [ledgerRow(orphan.place, orphan.key, orphan.counts, new Date(NOW).toISOString())]);
});

test('Known objects and those whose writer may still be at work are left alone', async () => {
  const known = object('1');
  const { ports, put } = lakeWith(
    [
      { ...known, ageMinutes: 60 },
      { ...object('2'), ageMinutes: 5 },
    ],
    [known],
  );

  await sweep(ports, options);

  assert.deepEqual(put, []);
});

test('The last days end today', () => {
  assert.deepEqual(lastDays(NOW, 3), ['2024-11-29', '2024-11-30', '2024-12-01']);
});
