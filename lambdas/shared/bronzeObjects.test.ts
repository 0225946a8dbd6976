/** An object, its quarantine and its ledger row are stored in an order that survives a death in between. */
import assert from 'node:assert/strict';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { test } from 'vitest';
import type { BronzeLine } from '../../lib/model/run/bronze.ts';
import {
  bronzeObject,
  bronzeStudy,
  type JudgedRecord,
  type Lake,
  storeBronzeObject,
} from './bronzeObjects.ts';
import { smallStudy } from './smallStudy.fixture.ts';

const study = bronzeStudy(smallStudy);

const judged = (sequence_number: string, verdict: BronzeLine['verdict']): JudgedRecord => ({
  line: { stream: 'events', shard: 's', sequence_number, arrived_at: '2024-12-01T10:00:00.000Z', verdict },
  bytes: () => Buffer.from('raw'),
});

/** A lake that notes what is sent to it; `fail` makes a command fail. */
function notingLake(fail: (command: string) => Error | undefined = () => undefined) {
  const sent: string[] = [];
  const send = async (command: { constructor: { name: string }; input: { Key?: string } }) => {
    const name = command.constructor.name;
    const error = fail(name);
    if (error) throw error;
    sent.push(`${name} ${command.input.Key?.split('/')[0] ?? 'ledger'}`);
    return {};
  };
  const lake = { s3: { send }, dynamo: { send }, bucket: 'lake', ledgerTable: 'ledger', now: () => 0 };
  return { sent, lake: lake as unknown as Lake };
}

test('The keys come first, then the object, then quarantine, and the ledger row last', async () => {
  const { sent, lake } = notingLake();

  await storeBronzeObject(lake, bronzeObject(study, [judged('1', 'valid'), judged('2', 'refused')]));

  assert.deepEqual(sent, [
    'PutObjectCommand keys',
    'PutObjectCommand bronze',
    'PutObjectCommand quarantine',
    'PutCommand ledger',
  ]);
});

test('A batch without refused records leaves quarantine alone', async () => {
  const { sent, lake } = notingLake();

  await storeBronzeObject(lake, bronzeObject(study, [judged('1', 'valid')]));

  assert.deepEqual(sent, ['PutObjectCommand keys', 'PutObjectCommand bronze', 'PutCommand ledger']);
});

test('An object that is stored again keeps the ledger row that a run may have accounted for', async () => {
  const taken = new ConditionalCheckFailedException({
    message: 'The conditional request failed',
    $metadata: {},
  });
  const { lake } = notingLake((command) => (command === 'PutCommand' ? taken : undefined));

  await storeBronzeObject(lake, bronzeObject(study, [judged('1', 'valid')]));
});

test('Another error of the ledger fails the batch', async () => {
  const { lake } = notingLake((command) => (command === 'PutCommand' ? new Error('throttled') : undefined));

  await assert.rejects(storeBronzeObject(lake, bronzeObject(study, [judged('1', 'valid')])), /throttled/);
});
