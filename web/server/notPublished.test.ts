/** What pages say of tables that no run has published yet. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { QueryFailedError } from '../../lake/ask.ts';
import { liveRoutes } from '../pages/live/backend.ts';
import type { Backend, RouteRequest } from './http.ts';

const comparison = liveRoutes.find(({ path }) => path.endsWith('/against-gold'))!;

const compareWith = (error: Error) =>
  comparison.handle(
    { lake: { compareLive: () => Promise.reject(error) } } as unknown as Backend,
    { params: { study: 'shop' }, query: new URLSearchParams() } as unknown as RouteRequest,
  );

test('while the first run is under way, live views are compared with nothing: the page says that no run has published', async () => {
  const missing = new QueryFailedError(
    'select 1',
    "TABLE_NOT_FOUND: line 1:15: Table 'shop_gold.orders' does not exist",
  );

  await assert.rejects(async () => compareWith(missing), {
    name: 'PageProblem',
    status: 409,
    title: 'No run has published this yet.',
  });
});

test('a column that was added to a model since the last run is not a failure of the backend', async () => {
  const missing = new QueryFailedError(
    'select priced from shop_gold.orders',
    "COLUMN_NOT_FOUND: line 1:8: Column 'priced' cannot be resolved",
  );

  await assert.rejects(async () => compareWith(missing), {
    name: 'PageProblem',
    status: 409,
    title: 'The last run did not publish this column.',
    remedy: 'npx headwaters run shop',
  });
});

test('any other failure of the comparison stays what it is', async () => {
  const failed = new QueryFailedError('select 1', 'DIVISION_BY_ZERO: Division by zero');

  await assert.rejects(async () => compareWith(failed), failed);
});
