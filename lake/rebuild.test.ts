/** Rebuild options of the command line, and what they mean for the study's models. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { loadStudy } from '../lib/model/study/study.ts';
import { withStudy } from '../lib/model/testing/fixture.ts';
import { storeFiles } from '../lib/model/testing/store.ts';
import { rebuildRequest } from './rebuild.ts';

const study = withStudy('store', storeFiles, loadStudy);

describe('a selection of models', () => {
  const models = (...select: string[]) => rebuildRequest(study, { select })?.models;

  test('names one model, what depends on it, or what it reads', () => {
    assert.deepEqual(models('fact_lines'), ['fact_lines']);
    assert.deepEqual(models('fact_lines+'), ['fact_lines', 'revenue']);
    assert.deepEqual(models('+fact_visitors'), ['visits', 'fact_visitors']);
    assert.deepEqual(models('gold.fact_lines', 'revenue'), ['fact_lines', 'revenue']);
  });

  test('of a model that is not there is refused with those that are', () => {
    assert.throws(() => models('fact_line'), {
      name: 'UsageError',
      message: /--select 'fact_line' names no model of store; there is: .*fact_lines/,
    });
  });
});

test('days must be days, in their order', () => {
  assert.deepEqual(rebuildRequest(study, { from: '2026-02-01' }), { from: '2026-02-01' });
  assert.throws(
    () => rebuildRequest(study, { from: '2026-02-30' }),
    /--from is '2026-02-30'; it must be a day/,
  );
  assert.throws(() => rebuildRequest(study, { from: '2026-02-02', to: '2026-02-01' }), /is after --to/);
});

test('keeping old rows goes with nothing that rebuilds them', () => {
  assert.throws(() => rebuildRequest(study, { keepOld: true, full: true }), /--keep-old rebuilds nothing/);
  assert.equal(rebuildRequest(study, {}), undefined);
});
