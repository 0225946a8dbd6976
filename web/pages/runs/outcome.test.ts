/** What the list of runs says of each. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { RunEntry } from './contract.ts';
import { outcomeOf } from './outcome.ts';

const executions = (...statuses: string[]) =>
  statuses.map((status) => ({ arn: 'arn', status, startedAt: '2026-01-01T00:00:00.000Z' }));

test('a run without books is under way while an execution works on it, and broken when none does', () => {
  const balanced = { verdict: 'Balanced' } as RunEntry['account'];

  const outcomes = [
    outcomeOf({ account: undefined, executions: executions('RUNNING') }),
    outcomeOf({ account: undefined, executions: executions('ABORTED', 'RUNNING') }),
    outcomeOf({ account: undefined, executions: executions('FAILED') }),
    outcomeOf({ account: undefined, executions: [] }),
    outcomeOf({ account: balanced, executions: executions('SUCCEEDED') }),
  ];

  assert.deepEqual(outcomes, ['running', 'running', 'broken', 'broken', 'Balanced']);
});
