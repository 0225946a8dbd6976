import assert from 'node:assert/strict';
import { test } from 'vitest';
import { pathPattern, valuesOfPath } from './pathPattern.ts';

test('Values are taken from the end of a path, from the beginning of a segment on', () => {
  const { match, columns, segments } = pathPattern('{symbol}/{day}_trade.zip/*');

  assert.deepEqual(columns, ['symbol', 'day']);
  assert.equal(segments, 3);
  assert.deepEqual(match('data/ibm/20131007_trade.zip/20131007_ibm.csv'), { symbol: 'ibm', day: '20131007' });
  assert.deepEqual(match('ibm/20131007_trade.zip/a.csv'), { symbol: 'ibm', day: '20131007' });
  assert.equal(match('ibm/20131007_quote.zip/a.csv'), undefined);
  assert.equal(match('20131007_trade.zip/a.csv'), undefined);
});

test('Stars stand for characters of a segment, or for segments; other characters for themselves', () => {
  assert.deepEqual(pathPattern('**/{day}.csv').match('a/b/2024-01-01.csv'), { day: '2024-01-01' });
  assert.deepEqual(pathPattern('**/{day}.csv').match('2024-01-01.csv'), { day: '2024-01-01' });
  assert.deepEqual(pathPattern('green_{month}.*').match('green_2024-01.parquet'), { month: '2024-01' });
  assert.equal(pathPattern('a+b(1).csv').matchWhole('a+b(1).csv'), true);
  assert.equal(pathPattern('*.csv').matchWhole('a/b.csv'), false);
  assert.equal(pathPattern('**/*.csv').matchWhole('a/b.csv'), true);
});

test('The first pattern that fits gives the values', () => {
  const patterns = ['{year}/{month}.csv', '{month}.csv'];

  assert.deepEqual(valuesOfPath(patterns, 'x/2024/05.csv'), { year: '2024', month: '05' });
  assert.deepEqual(valuesOfPath(patterns, '05.csv'), { month: '05' });
  assert.equal(valuesOfPath(patterns, '05.json'), undefined);
});
