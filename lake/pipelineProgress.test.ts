/** Progress names the models that are worked on, and how many there are. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { progressOf } from './pipelineProgress.ts';

const levels = [['orders', 'customers'], ['fact_sales'], ['sales_daily', 'sales_by_state']];

test('a state of a level is said as its models, n of m, and what is done to them', () => {
  assert.equal(progressOf('Level 1 of 3', levels), 'models 1 to 2 of 5 (orders, customers)');
  assert.equal(
    progressOf('Run stage and audit (level 2)', levels),
    'model 3 of 5 (fact_sales): run stage and audit',
  );
  assert.equal(
    progressOf('Level 3 of 3: Publish', levels),
    'models 4 to 5 of 5 (sales_daily, sales_by_state): publish',
  );
});

test('a state of no level is said by its name', () => {
  assert.equal(progressOf('Reconcile', levels), 'Reconcile');
  assert.equal(progressOf('Level 9 of 9', levels), 'Level 9 of 9');
});
