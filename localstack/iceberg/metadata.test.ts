/** Metadata files: exact ids, and refusal of what this library cannot read rightly. */
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { test } from 'vitest';
import { parseMetadata, serialiseMetadata } from './metadata.ts';
import { newMetadata } from './table.ts';

const metadata = () =>
  newMetadata({ location: 's3://lake/t/', columns: [{ name: 'id', type: 'int' }] }, 1_700_000_000_000);

test('ids of 63 bits survive reading and writing, gzip or not', () => {
  const id = 9_107_199_254_740_993_001n;
  const snapshot = {
    'snapshot-id': id,
    'sequence-number': 1,
    'timestamp-ms': 1,
    'manifest-list': 's3://lake/t/metadata/snap.avro',
    summary: { operation: 'append' as const },
  };
  const before = { ...metadata(), snapshots: [snapshot], 'current-snapshot-id': id };

  const text = serialiseMetadata(before);

  assert.match(text, /"current-snapshot-id":9107199254740993001[,}]/);
  assert.deepEqual(parseMetadata(Buffer.from(text), 'm'), before);
  assert.deepEqual(parseMetadata(gzipSync(text), 'm'), before);
});

test('a table without a snapshot may say so with -1 or not at all', () => {
  const without = (value: unknown) =>
    parseMetadata(Buffer.from(JSON.stringify({ ...metadata(), 'current-snapshot-id': value })), 'm');

  assert.equal(without(-1)['current-snapshot-id'], null);
  assert.equal(without(undefined)['current-snapshot-id'], null);
});

test('versions 1 and 3 and types of version 3 are refused by name', () => {
  const changed = (change: object) => () =>
    parseMetadata(Buffer.from(JSON.stringify({ ...metadata(), ...change })), 's3://lake/t/m.json');
  const variant = {
    'schema-id': 0,
    type: 'struct',
    fields: [{ id: 1, name: 'v', required: false, type: 'variant' }],
  };

  assert.throws(changed({ 'format-version': 3 }), { code: 'NOT_SUPPORTED', message: /format version 3/ });
  assert.throws(changed({ 'format-version': 1 }), { code: 'NOT_SUPPORTED', message: /format version 1/ });
  assert.throws(changed({ schemas: [variant] }), { code: 'NOT_SUPPORTED', message: /Column v .*"variant"/ });
  assert.throws(changed({ 'partition-specs': undefined }), {
    code: 'ICEBERG_INVALID_METADATA',
    message: /lacks partition-specs/,
  });
});
