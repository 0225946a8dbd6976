/** What each step of a model composes, and that long texts travel by their keys. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { auditRules } from '../../lib/model/audit.ts';
import { loadStudy, type Model } from '../../lib/model/study.ts';
import { type Run, scopeOf } from '../shared/run.ts';
import { statementsOf } from '../shared/statement.ts';
import {
  assess,
  maintenanceTexts,
  modelOf,
  prepareTexts,
  stageTexts,
  staleStages,
  upstreamPublished,
} from './logic.ts';

const study = loadStudy(fileURLToPath(new URL('../../sql/amazon', import.meta.url)));
const run: Run = {
  runId: '20241201t120000-1a2b3c4d',
  attempt: 1,
  executionArn: 'arn',
  startedAt: '2024-12-01T12:00:00.000Z',
  slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-01', hours: ['10'] },
  records: 10,
};
const scope = scopeOf(study.name, 'lake', run);
const silver = study.models.find(({ layer }) => layer === 'silver')!;
const touching = study.models.find(({ contract }) => contract.touched)!;

test('A model whose table is missing creates it; one whose table fits does not', async () => {
  const columns = silver.contract.columns.map(({ name, type }) => ({ name, type }));

  const missing = await prepareTexts(silver, scope, async () => undefined);
  const fitting = await prepareTexts(silver, scope, async () => columns);
  const narrower = await prepareTexts(silver, scope, async () => columns.slice(1));

  assert.match(missing.table ?? '', /^CREATE TABLE IF NOT EXISTS/);
  assert.equal(fitting.table, undefined);
  assert.match(narrower.table ?? '', /ADD COLUMNS/);
});

test('A model that touches no partition has nothing to stage', () => {
  const stage = stageTexts(touching, scope, 1, []);

  assert.deepEqual([stage.anything, stage.texts], [false, {}]);
});

test('Stage, audit and the partitions to write are asked in this order', () => {
  const stage = stageTexts(touching, scope, 1, [{ value: '2024-12-01' }]);

  assert.deepEqual(Object.keys(stage.texts), ['stage', 'audit', 'partitions']);
});

/** What an audit answers when every rule counted `failed` bad rows of 5. */
const auditOf = (model: Model, failed: number) => [
  { rule: '(refused)', failed: '0', total: '5' },
  ...auditRules(model.contract).map(({ name }) => ({ rule: name, failed: String(failed), total: '5' })),
];

test('A model that passes its audit refuses rows first, then publishes, then drops its stage', () => {
  const { stopped, texts } = assess(silver, scope, run, {}, { audit: auditOf(silver, 0), partitions: [] });

  const kinds = Object.keys(texts).map((name) => name.replace(/-\d+$/, ''));
  assert.equal(stopped, false);
  assert.deepEqual([...new Set(kinds)], ['refuse', 'publish', 'drop']);
});

test('A rule that stops leaves nothing to run and says what it counted', () => {
  const stopping = study.models.find(({ contract }) =>
    auditRules(contract).some(({ severity }) => severity === 'stop'),
  )!;

  const { stopped, stops, texts } = assess(stopping, scope, run, {}, { audit: auditOf(stopping, 3) });

  assert.equal(stopped, true);
  assert.match(stops[0] ?? '', /counted 3 of 5/);
  assert.deepEqual(texts, {});
});

test('A model is skipped when something that it reads was stopped or skipped', () => {
  const [upstream] = touching.dependsOn;

  const held = upstreamPublished(touching, { level1: [{ model: upstream!, outcome: 'stopped' }] });
  const free = upstreamPublished(touching, { level1: [{ model: upstream!, outcome: 'published' }] });

  assert.deepEqual([held, free], [false, true]);
});

test('An unknown model is refused with the names of those that there are', () => {
  assert.throws(() => modelOf(study, 'nobody'), /no model "nobody"; it has: .*orders/);
});

test('Maintenance leaves out tables that do not exist', async () => {
  const texts = await maintenanceTexts(study, async (_database, table) =>
    table === silver.table ? [] : undefined,
  );

  assert.deepEqual(Object.keys(texts), [
    `${silver.database}.${silver.table} optimize`,
    `${silver.database}.${silver.table} vacuum`,
  ]);
});

test('Stage tables older than the lake keeps their files are stale', () => {
  const now = Date.UTC(2024, 11, 10);
  const stages = [
    { name: 'old', createdMs: Date.UTC(2024, 11, 1) },
    { name: 'young', createdMs: Date.UTC(2024, 11, 9) },
  ];

  assert.deepEqual(staleStages(stages, now), ['old']);
});

test('Every text is kept under the run; where they are too long for the state, their keys travel', async () => {
  const stored: Record<string, string> = {};
  const home = { study: 'shop', runId: 'r', attempt: 2, owner: 'orders' };
  const put = async (key: string, body: string) => {
    stored[key] = body;
  };

  const long = await statementsOf(home, { publish: 'x'.repeat(170_000) }, put);
  const short = await statementsOf(home, { stage: 'SELECT 1' }, put);

  assert.deepEqual(Object.keys(stored), [
    'runs/study=shop/run=r/attempt=2/statements/orders/publish.sql',
    'runs/study=shop/run=r/attempt=2/statements/orders/stage.sql',
  ]);
  assert.ok('key' in long[0]! && !('sql' in long[0]));
  assert.ok('sql' in short[0]!);
});

test('A start that is repeated has the same token, another attempt another one', async () => {
  const put = async () => {};
  const texts = { publish: 'SELECT 1' };
  const home = { study: 'shop', runId: 'r', attempt: 1, owner: 'orders' };

  const [first] = await statementsOf(home, texts, put);
  const [again] = await statementsOf(home, texts, put);
  const [next] = await statementsOf({ ...home, attempt: 2 }, texts, put);

  assert.equal(again?.token, first?.token);
  assert.notEqual(next?.token, first?.token);
});
