import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { RunStatement, RunView } from './contract.ts';
import { findingOf, leadOf } from './finding.ts';
import { ganttOf, slowestLevel, ticksOf } from './gantt.ts';

const at = (ms: number) => new Date(Date.UTC(2026, 10, 30, 12) + ms).toISOString();

const state = (name: string, from: number, to: number) => ({ name, enteredAt: at(from), exitedAt: at(to) });

const statement = (
  purpose: string,
  model: string,
  level: number,
  from: number,
  ms: number,
): RunStatement => ({
  id: `${purpose}-${model}`,
  name: `${purpose}-${model}`,
  purpose,
  model,
  level,
  sql: '',
  state: 'SUCCEEDED',
  submittedAt: at(from),
  milliseconds: ms,
  scannedBytes: 0,
  attempt: 1,
});

const run = {
  id: '20261130t120000-0a1b2c3d',
  endedAt: at(1000),
  executions: [{ arn: 'a', status: 'SUCCEEDED', startedAt: at(0), endedAt: at(1000) }],
  states: [
    state('Plan', 0, 100),
    state('Level 1 of 2: compose', 100, 150),
    state('Level 1 of 2: audit', 300, 340),
    state('Level 1 of 2: publish', 340, 500),
    state('Level 2 of 2: compose', 500, 520),
    state('Level 2 of 2: assess', 560, 600),
    state('Balance', 600, 900),
    state('Notify', 900, 1000),
  ],
  statements: [
    statement('stage', 'orders', 1, 150, 100),
    statement('publish', 'orders', 1, 340, 160),
    statement('stage', 'fact_sales', 2, 520, 40),
  ],
  levels: [['orders'], ['fact_sales']],
  outcomes: {},
  nodes: [
    { name: 'orders', layer: 'silver', level: 1, reads: [], outcome: 'published' },
    { name: 'fact_sales', layer: 'gold', level: 2, reads: ['orders'], outcome: 'stopped' },
  ],
} as unknown as RunView;

test('rows are the steps of the run and its models, in the order of their level', () => {
  const { rows, end, levels } = ganttOf(run);

  assert.deepEqual(
    rows.map(({ label }) => label),
    ['plan', 'level 1', 'orders', 'level 2', 'fact_sales', 'balance', 'notify'],
  );
  assert.deepEqual(rows[2]!.spans, [
    { kind: 'stage', from: 150, to: 250 },
    { kind: 'publish', from: 340, to: 500 },
  ]);
  assert.deepEqual(rows[1]!.spans, [
    { kind: 'step', from: 100, to: 150 },
    { kind: 'step', from: 300, to: 340 },
  ]);
  assert.equal(end, 1000);
  assert.deepEqual(levels, [400, 100]);
});

test('the slowest level has its share of the whole run', () => {
  assert.deepEqual(slowestLevel(ganttOf(run)), { level: 1, ms: 400, share: 0.4 });
});

test('a run says first what an audit stopped, else how many models were published in which time', () => {
  const published = {
    ...run,
    nodes: run.nodes.map((node) => ({ ...node, outcome: 'published' as const })),
  };

  assert.equal(findingOf(run), 'An audit stopped fact_sales');
  assert.equal(findingOf(published), '2 models were published in 1.0 s');
  assert.equal(leadOf(published), 'Level 1 took 40 % of the time. 3 statements ran, none was tried twice.');
});

test('a run under way says what is still waited for', () => {
  const underWay = {
    ...run,
    executions: [{ arn: 'a', status: 'RUNNING', startedAt: at(0) }],
    nodes: run.nodes.map(({ outcome: _outcome, ...node }, index) =>
      index === 0 ? { ...node, outcome: 'published' as const } : node,
    ),
  };

  assert.equal(findingOf(underWay), '1 model was published so far');
  assert.match(leadOf(underWay), /1 model is still waited for\.$/);
});

test('a run whose history is gone has its books', () => {
  const total = { inBronze: 10, silver: 7, duplicates: 1, quarantined: 2, unaccounted: 0 };
  const gone = {
    ...run,
    states: [],
    statements: [],
    nodes: [],
    executions: [],
    account: { sheet: { total } },
  } as unknown as RunView;

  assert.equal(findingOf(gone), 'Run 0a1b2c3d: 10 records');
  assert.match(leadOf(gone), /^7 are new in silver, 1 are duplicates/);
});

test('the labels of the axis are next to each other and inside the drawing, however narrow it is', () => {
  const ticks = ticksOf(1020, 76, 16);

  assert.deepEqual(ticks, [0, 1000]);
  assert.deepEqual(ticksOf(1020, 700, 16), [0, 200, 400, 600, 800, 1000]);
  // "500 ms" at the end of the drawing would leave it.
  assert.deepEqual(ticksOf(500, 700, 16), [0, 100, 200, 300, 400]);
});
