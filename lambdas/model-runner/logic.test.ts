/** Steps of a level: what each composes, what its checks decide, and that long texts travel by their keys. */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';
import { databasesOf } from '../../lib/model/databases.ts';
import { auditRules } from '../../lib/model/run/audit.ts';
import type { RunScope } from '../../lib/model/run/scope.ts';
import { checkedStatement, jsonBytes, maxTravellingBytes } from '../../lib/model/sql/write.ts';
import { loadStudy, type Model } from '../../lib/model/study/study.ts';
import type { CatalogTable } from '../shared/catalog.ts';
import { batchesOf, queriesOf, tokenOf } from '../shared/statement.ts';
import {
  type Answers,
  assess,
  composeTexts,
  maintenanceTexts,
  modelOf,
  publishedTables,
  sorted,
  staleStages,
} from './logic.ts';
import type { Optimizers } from './tableOptimizers.ts';

type OptimizersOfTable = NonNullable<ReturnType<Optimizers['get']>>;

const study = loadStudy(fileURLToPath(new URL('../../sql/amazon', import.meta.url)));
const run = { attempt: 1, startedAt: '2024-12-01T12:00:00.000Z' };
const source = { valid: 5, periods: ['2024-12-01'], repeats: false, contested: false, typed: true };
const scope: RunScope = {
  study: study.name,
  runId: '20241201t120000-1a2b3c4d',
  lake: 'lake',
  slice: { streams: ['events'], firstDt: '2024-12-01', lastDt: '2024-12-01', hours: ['10'] },
  arrived: [[0, 1]],
  copies: false,
  sources: { orders: source, order_items: source },
  models: {
    orders: { reads: {} },
    fact_sales: { partitions: ['2024-12-01'], reads: {} },
    dim_date: { reads: {} },
    customer_value: { reads: {} },
  },
};
const [orders, sales, dates, view] = ['orders', 'fact_sales', 'dim_date', 'customer_value'].map((name) =>
  modelOf(study, name),
) as [Model, Model, Model, Model];

/** What an audit answers when every rule counted `failed` bad rows of 5, and the stage refused some. */
const auditOf = (model: Model, failed: number, refused = 0) =>
  [
    { rule: '(refused)', failed: String(refused), total: '5' },
    ...auditRules(model.contract).map(({ name }) => ({ rule: name, failed: String(failed), total: '5' })),
  ].map((row) => ({ model: model.name, ...row }));

const answersOf = (...rows: ReturnType<typeof auditOf>): Answers => new Map([['audit', rows]]);

test('What is staged, what is checked, and which partitions are written are asked of all models of a level together', () => {
  const { stage, audit } = composeTexts([sales, dates], scope, 1);

  assert.deepEqual(Object.keys(stage), ['stage-fact_sales', 'stage-dim_date']);
  assert.deepEqual(
    Object.keys(audit).filter((name) => name.startsWith('audit')),
    ['audit'],
  );
});

test('A silver table of which nothing repeats is not staged again: it is published from what arrived', () => {
  const { stage, audit } = composeTexts([orders], scope, 1);

  assert.deepEqual(stage, {});
  assert.match(audit.audit ?? '', /arrivals__records__/);
});

test('A rebuilt table with other partitions takes the place of the one before, once its audit has passed', () => {
  const rebuild = {
    models: [sales.name],
    changes: [{ model: sales.name, reason: 'contract' as const, repartitioned: true as const }],
    postponed: [],
  };
  const published = (whole: readonly string[], failed: number) =>
    assess([sales], { ...scope, rebuild, whole }, run, answersOf(...auditOf(sales, failed)));

  const passed = published([sales.name], 0);
  const statements = Object.entries(passed.publish)
    .filter(([name]) => name.startsWith('publish'))
    .map(([, sql]) => sql.split(' ', 2).join(' '));

  assert.deepEqual(statements, ['DROP TABLE', 'CREATE TABLE', 'MERGE INTO']);
  assert.equal(passed.inOrder, true);
  assert.doesNotMatch(Object.values(published([sales.name], 5).publish).join(), /DROP TABLE/);
  assert.doesNotMatch(Object.values(published([], 0).publish).join(), /DROP TABLE/);
});

test('A view is neither staged nor checked', () => {
  const { stage, audit } = composeTexts([view], scope, 1);
  const { publish } = assess([view], scope, run, new Map());

  assert.deepEqual([stage, audit], [{}, {}]);
  assert.match(publish['view-customer_value'] ?? '', /^CREATE OR REPLACE VIEW/);
});

test('Models that pass their audit are published; rows are refused in one statement, if there are any', () => {
  const namesOf = (refused: number) => {
    const { outcomes, publish } = assess(
      [orders, dates],
      scope,
      run,
      answersOf(...auditOf(orders, 0, refused), ...auditOf(dates, 0)),
    );
    assert.deepEqual(outcomes, { orders: 'published', dim_date: 'published' });
    return Object.keys(publish);
  };

  assert.deepEqual(namesOf(2), ['refuse', 'publish-orders', 'publish-dim_date']);
  assert.deepEqual(namesOf(0), ['publish-orders', 'publish-dim_date']);
});

test('A silver table whose engine is Spark is left to its job, with the stage that its rows are in', () => {
  const bySpark = { ...orders, contract: { ...orders.contract, engine: 'glue-spark' as const } };
  const audit = answersOf(...auditOf(orders, 0), ...auditOf(dates, 0));

  const { publish, spark, outcomes } = assess([bySpark, dates], scope, run, audit);
  const remade = assess(
    [bySpark],
    { ...scope, sources: { orders: { ...source, remade: true } } },
    run,
    new Map([...audit, ['partitions-orders', [{ value: '2024-12-01' }]]]),
  );

  assert.deepEqual(Object.keys(publish), ['publish-dim_date']);
  assert.deepEqual(spark, [
    {
      model: 'orders',
      database: 'amazon_stage',
      table: 'arrivals__records__20241201t120000_1a2b3c4d__1',
      source: 'orders',
    },
  ]);
  assert.equal(outcomes.orders, 'published');
  assert.deepEqual(remade.spark, []);
});

test('A rule that stops leaves nothing to run for its model and says what it counted', () => {
  const stopping = study.models.find(
    ({ contract, layer }) =>
      layer === 'gold' && auditRules(contract).some(({ severity }) => severity === 'stop'),
  )!;

  const { outcomes, stops, publish } = assess(
    [stopping, dates],
    scope,
    run,
    answersOf(...auditOf(stopping, 3), ...auditOf(dates, 0)),
  );

  assert.deepEqual(outcomes, { [stopping.name]: 'stopped', dim_date: 'published' });
  assert.match(stops[0] ?? '', /counted 3 of 5 .* The rows are in "\w+_stage"\."/);
  assert.deepEqual(Object.keys(publish), ['publish-dim_date']);
});

test('A model is skipped when something that it reads was stopped or skipped; what the run leaves as it is holds nobody up', () => {
  const [upstream] = sales.dependsOn;

  const held = sorted([sales, dates], { [upstream!]: 'stopped' });
  const free = sorted([sales, dates], { [upstream!]: 'published' });
  const unasked = sorted([sales], {});

  assert.deepEqual([held.made, held.skipped], [[dates], [sales]]);
  assert.deepEqual([free.skipped, unasked.skipped], [[], []]);
});

test('An unknown model is refused with the names of those that there are', () => {
  assert.throws(() => modelOf(study, 'nobody'), /no model "nobody"; it has: .*orders/);
});

const catalogOf = (...names: readonly (readonly [name: string, createdMs: number])[]) =>
  new Map<string, CatalogTable>(names.map(([name, createdMs]) => [name, { columns: [], createdMs }]));

test('Maintenance leaves out views, and tables that do not exist', () => {
  const tables = publishedTables(
    study,
    catalogOf([`${orders.database}.${orders.table}`, 0], [`${view.database}.${view.table}`, 0]),
  );

  const texts = maintenanceTexts(tables, new Map());

  assert.deepEqual(Object.keys(texts), ['amazon_silver.orders optimize', 'amazon_silver.orders vacuum']);
});

test('Maintenance leaves to a table’s optimizers what they do, and does what one is disabled for or failed at', () => {
  const optimizer = (enabled: boolean, eventType: 'completed' | 'failed' = 'completed') => ({
    configuration: { enabled },
    lastRun: { eventType },
  });
  const done = optimizer(true);
  const statements = (optimizers: OptimizersOfTable) =>
    Object.keys(maintenanceTexts([{ database: 'd', table: 't' }], new Map([['d.t', optimizers]]))).map(
      (name) => name.slice('d.t '.length),
    );

  assert.deepEqual(statements({ compaction: done, retention: done, orphan_file_deletion: done }), []);
  assert.deepEqual(statements({ compaction: { configuration: { enabled: true } } }), ['vacuum']);
  assert.deepEqual(
    statements({ compaction: optimizer(true, 'failed'), retention: done, orphan_file_deletion: done }),
    ['optimize'],
  );
  assert.deepEqual(
    statements({ compaction: done, retention: optimizer(false), orphan_file_deletion: done }),
    ['vacuum'],
  );
});

test('Stage tables older than the lake keeps their files are stale', () => {
  const stages = catalogOf(
    ['amazon_stage.old', Date.UTC(2024, 11, 1)],
    ['amazon_stage.young', Date.UTC(2024, 11, 9)],
  );

  assert.deepEqual(staleStages(stages, Date.UTC(2024, 11, 10)), ['old']);
});

const databases = databasesOf('headwaters', ['shop']);
const home = { study: 'shop', runId: 'r', attempt: 2, owner: 'level-1', databases };

test('Every text is kept under the run; where a step’s texts are too long for the state, only their names travel', async () => {
  const stored: Record<string, string> = {};
  const put = async (key: string, body: string) => {
    stored[key] = body;
  };
  const work = (name: string, text: string) => ({ texts: { [name]: text }, concurrency: 4 });

  const long = await batchesOf(
    home,
    { stage: work('stage-orders', 'x'.repeat(100_000)), audit: work('audit', 'y'.repeat(70_000)) },
    put,
  );
  const short = await batchesOf(home, { stage: work('stage-orders', 'SELECT 1') }, put);

  const prefix = 'runs/study=shop/run=r/attempt=2/statements/level-1/';
  assert.deepEqual(Object.keys(stored), [`${prefix}stage-orders.sql`, `${prefix}audit.sql`]);
  assert.deepEqual(long.stage, { statements: [], names: ['stage-orders'], prefix, concurrency: 4 });
  assert.deepEqual(long.audit.statements, []);
  assert.deepEqual(short.stage.statements, [
    { name: 'stage-orders', token: tokenOf(`${prefix}stage-orders.sql`), sql: 'SELECT 1' },
  ]);
  assert.deepEqual(short.stage.names, ['stage-orders']);
});

for (const [what, letter] of [
  ['one byte a character', 'x'],
  ['three bytes a character', '語'],
  ['four bytes a character', '🛒'],
  ['what JSON escapes', '"'],
] as const)
  test(`The limit on what travels is one of bytes as JSON, also for texts of ${what}`, async () => {
    const works = (text: string) => ({ stage: { texts: { stage: text }, concurrency: 4 } });
    const batches = (text: string) => batchesOf(home, works(text), async () => {});
    const room = maxTravellingBytes - 64 - jsonBytes(await batches(''));
    const fits = letter.repeat(Math.floor(room / (jsonBytes(letter) - 2)));
    const over = `${fits}${letter}`;

    const [inline, fetched] = [await batches(fits), await batches(over)];

    assert.equal(inline.stage.statements.length, 1);
    assert.deepEqual(fetched.stage.statements, []);
  });

test('The longest statement, fetched, failed for the longest cause, is within 256 KiB of state', () => {
  const sql = checkedStatement('stage', '語'.repeat(Math.floor((maxTravellingBytes - 2) / 3)));
  const fetched = { token: tokenOf('key'), sql };

  const state = {
    key: 'k'.repeat(1024),
    tries: 5,
    statement: fetched,
    failure: { Error: 'States.TaskFailed', Cause: '語'.repeat(32_768) },
  };

  assert.ok(jsonBytes(state) <= 262_144, `${jsonBytes(state)}`);
  assert.throws(
    () => checkedStatement('stage of orders', `${sql}語`),
    /stage of orders has \d+ bytes as JSON/,
  );
});

test('More statements than the state can name are refused, with what to do', async () => {
  const texts = Object.fromEntries(
    Array.from({ length: 3000 }, (_, at) => [`publish-orders-${at}`, 'SELECT 1']),
  );

  await assert.rejects(
    batchesOf(home, { publish: { texts, concurrency: 4 } }, async () => {}),
    /level-1 has 3000 statements, .* Rebuild fewer partitions/,
  );
});

test('A start that is repeated has the same token, another attempt another one', async () => {
  const tokenOf = async (attempt: number) => {
    const works = { stage: { texts: { publish: 'SELECT 1' }, concurrency: 1 } };
    return (await batchesOf({ ...home, attempt }, works, async () => {})).stage.statements[0]!.token;
  };

  const [first, again, next] = [await tokenOf(1), await tokenOf(1), await tokenOf(2)];

  assert.equal(again, first);
  assert.notEqual(next, first);
});

test('A query is found by its statement’s name, and a batch without statements has none', () => {
  const queries = [{ queryExecutionId: 'a' }, { queryExecutionId: 'b' }];

  assert.deepEqual(
    [...queriesOf({ names: ['audit', 'balance'], queries })],
    [
      ['audit', 'a'],
      ['balance', 'b'],
    ],
  );
  assert.equal(queriesOf({ names: [], queries }).size, 0);
});
