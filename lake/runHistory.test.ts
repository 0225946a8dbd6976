import assert from 'node:assert/strict';
import type { HistoryEvent } from '@aws-sdk/client-sfn';
import { test } from 'vitest';
import { runHistory } from './runHistory.ts';

/** Events of one execution, with ids from 1 and each after the one before, unless it says after which. */
function execution(...events: (Partial<HistoryEvent> & { after?: number })[]): HistoryEvent[] {
  return [{ executionStartedEventDetails: {} }, ...events].map(
    ({ after, ...event }: Partial<HistoryEvent> & { after?: number }, index) =>
      ({
        id: index + 1,
        previousEventId: after ?? index,
        timestamp: new Date(Date.UTC(2026, 10, 30, 12, 0, 0, index)),
        ...event,
      }) as HistoryEvent,
  );
}

const entered = (name: string, input: unknown) => ({
  stateEnteredEventDetails: { name, input: JSON.stringify(input) },
});
const sync = { resourceType: 'athena', resource: 'startQueryExecution.sync' };
const query = (QueryExecutionId: string, State = 'SUCCEEDED') =>
  JSON.stringify({
    QueryExecution: {
      QueryExecutionId,
      Query: `-- ${QueryExecutionId}`,
      Status: { State, SubmissionDateTime: Date.UTC(2026, 10, 30, 12) },
      Statistics: { TotalExecutionTimeInMillis: 5, DataScannedInBytes: 7 },
    },
  });
const answered = (Payload: unknown) => ({
  taskSucceededEventDetails: {
    resourceType: 'lambda',
    resource: 'invoke',
    output: JSON.stringify({ Payload }),
  },
});
const plan = answered({
  plan: { decision: 'run', run: {}, levels: [['orders'], ['fact_sales']] },
  outcomes: {},
});

test('a statement belongs to the state that its events lead back to, and by its name to a model', () => {
  const { statements, levels } = runHistory(
    execution(
      plan,
      entered('Run statement (Level 2 of 2: stage)', { statement: { name: 'stage-fact_sales' } }),
      entered('Run statement (Level 2 of 2: audit)', { statement: { name: 'audit' } }),
      { after: 3, taskScheduledEventDetails: { ...sync, region: '', parameters: '{}' } },
      { after: 4, taskScheduledEventDetails: { ...sync, region: '', parameters: '{}' } },
      { after: 6, taskSucceededEventDetails: { ...sync, output: query('of-audit') } },
      { after: 5, taskSucceededEventDetails: { ...sync, output: query('of-stage') } },
    ),
  );

  assert.deepEqual(levels, [['orders'], ['fact_sales']]);
  const found = Object.fromEntries(
    statements.map(({ id, name, purpose, model, level }) => [id, [name, purpose, model, level]]),
  );
  assert.deepEqual(found, {
    'of-audit': ['audit', 'audit', undefined, 2],
    'of-stage': ['stage-fact_sales', 'stage', 'fact_sales', 2],
  });
});

test('a statement whose text is on S3 is named by its key', () => {
  const { statements } = runHistory(
    execution(
      plan,
      entered('Run statement (Level 1 of 2: publish)', { key: 'runs/level-1/publish-orders.sql', tries: 0 }),
      { taskSucceededEventDetails: { ...sync, output: query('q') } },
    ),
  );

  assert.deepEqual([statements[0]!.purpose, statements[0]!.model], ['publish', 'orders']);
});

test('tries of a statement are counted, and asking why one failed is not another', () => {
  const state = 'Run statement (Level 1 of 2: publish)';
  const input = { statement: { name: 'publish-orders' } };
  const { statements } = runHistory(
    execution(
      plan,
      entered(state, input),
      { taskFailedEventDetails: { ...sync, cause: query('first', 'FAILED') } },
      {
        taskSucceededEventDetails: {
          resourceType: 'athena',
          resource: 'getQueryExecution',
          output: query('first', 'FAILED'),
        },
      },
      entered(state, input),
      { taskSucceededEventDetails: { ...sync, output: query('second') } },
    ),
  );

  assert.deepEqual(
    statements.map(({ id, state: of, attempt }) => [id, of, attempt]),
    [
      ['first', 'FAILED', 1],
      ['second', 'SUCCEEDED', 2],
    ],
  );
});

test('outcomes are those of the last answer, over the executions that worked on the run', () => {
  const events = [
    ...execution(plan, answered({ outcomes: { orders: 'published' } })),
    ...execution(plan, answered({ outcomes: { orders: 'published', fact_sales: 'stopped' } })),
  ];

  assert.deepEqual(runHistory(events).outcomes, { orders: 'published', fact_sales: 'stopped' });
});

test('what Step Functions cut, and the sentence of a query that did not start, are passed over', () => {
  const { statements, levels } = runHistory(
    execution(
      {
        taskSucceededEventDetails: { resourceType: 'lambda', resource: 'invoke', output: '{"Payload": {"pl' },
      },
      { taskFailedEventDetails: { ...sync, cause: 'The query could not be started.' } },
    ),
  );

  assert.deepEqual([statements, levels], [[], []]);
});
