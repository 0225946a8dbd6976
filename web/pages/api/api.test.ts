/** The page calls this study's API and nothing else; its examples are accepted, and its mistakes are documented ones. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { studiesOf } from '../../../lake/studies.ts';
import { createJudge } from '../../../lib/model/contract/judge.ts';
import { planTransaction } from '../../../lib/model/study/oltp.ts';
import { readOnlyStatement } from '../../../lib/model/study/serving/readOnly.ts';
import { PageProblem } from '../../server/http.ts';
import { readCall } from './backend.ts';
import { operationsOf } from './operations.ts';

test.each([
  { method: 'GET', path: '/studies/other/health' },
  { method: 'GET', path: '/studies/shop/../other/health' },
  { method: 'GET', path: '/studies/shop/%2e%2e/other/health' },
  { method: 'GET', path: 'http://elsewhere/studies/shop/health' },
  { method: 'PUT', path: '/studies/shop/health' },
  { method: 'GET' },
  undefined,
])('a call to anything else than the study’s API is refused: %j', (body) => {
  assert.throws(() => readCall('shop', body), PageProblem);
});

test('a call is taken over with its content and its tag', () => {
  const call = { method: 'POST', path: '/studies/shop/sql', body: '{}', ifNoneMatch: '"a"' };

  assert.deepEqual(readCall('shop', { ...call, colour: 'blue' }), call);
});

const studies = studiesOf();

describe.each(studies.names)('the operations of %s', (name) => {
  const study = studies.find(name);
  const operations = operationsOf(study);

  test('have examples that are accepted', () => {
    const judge = createJudge(study);
    for (const { id, tag, body } of operations) {
      if (body === undefined) continue;
      const example = JSON.parse(body) as { sql?: string };
      if (tag === 'Transactions')
        assert.doesNotThrow(
          () => planTransaction(study.oltp!, id, example, Date.UTC(2026, 10, 30), 'store'),
          id,
        );
      if (tag === 'Events')
        assert.deepEqual(judge(Buffer.from(body), Date.UTC(2026, 10, 30, 13)).valid, true, body);
      if (tag === 'SQL') assert.doesNotThrow(() => readOnlyStatement(name, example.sql!));
    }
  });

  test('list calls that fail with a status that the description knows', () => {
    for (const { id, responses, mistakes } of operations)
      for (const { status, when } of mistakes)
        assert.ok(
          responses.some((response) => response.status === String(status)),
          `${id}: ${when}`,
        );
  });
});
