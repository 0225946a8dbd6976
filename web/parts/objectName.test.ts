import assert from 'node:assert/strict';
import { test } from 'vitest';
import { bronzeName } from './objectName.ts';

const folder = 'bronze/study=shop/stream=events/dt=2026-11-30/hour=12/';

test('an object of a shard is named by its sequence numbers, one of a landed file by its digest and rows', () => {
  assert.equal(
    bronzeName(`${folder}shardId-000000000000-49600000000001-49600000005815.ndjson.gz`),
    'events, …000001 to …005815',
  );
  assert.equal(
    bronzeName(`${folder.replace('events', 'landing')}1d31fe0a9c-000000001-000000009.ndjson.gz`),
    'landing 1d31fe, rows 1 to 9',
  );
});

test('what is not in bronze keeps its key', () => {
  assert.equal(bronzeName('gold/study=shop/fact/data/a.parquet'), undefined);
  assert.equal(bronzeName(`${folder}other.json`), undefined);
});
