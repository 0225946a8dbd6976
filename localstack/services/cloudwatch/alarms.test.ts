import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type AlarmSettings, evaluateAlarm } from './alarms.ts';

/** An alarm on 3 of 3 periods above 5. */
const settings: AlarmSettings = {
  AlarmName: 'a',
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 3,
  Threshold: 5,
};

/** Newest period last: X breaches, 0 does not, - is missing. */
function evaluate(points: string, change: Partial<AlarmSettings> = {}, current: 'OK' | 'ALARM' = 'OK') {
  const series = new Map<number, number>();
  const end = points.length * 60;
  for (const [index, point] of [...points].entries()) {
    if (point !== '-') series.set(index * 60, point === 'X' ? 9 : 0);
  }
  return evaluateAlarm({ ...settings, ...change }, series, 60, end, current).state;
}

// Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data", table for 3 of 3
test('missing data is treated as the alarm says', () => {
  const states = (points: string) =>
    (['missing', 'ignore', 'breaching', 'notBreaching'] as const).map((TreatMissingData) =>
      evaluate(points, { TreatMissingData }),
    );

  assert.deepEqual(states('0-X-X'), ['OK', 'OK', 'OK', 'OK']);
  assert.deepEqual(states('-----'), ['INSUFFICIENT_DATA', 'OK', 'ALARM', 'OK']);
  assert.deepEqual(states('0XX-X'), ['ALARM', 'ALARM', 'ALARM', 'ALARM']);
  assert.deepEqual(states('--XX-'), ['ALARM', 'OK', 'ALARM', 'OK']);
});

test('M out of N periods are enough', () => {
  assert.equal(evaluate('X0X', { DatapointsToAlarm: 2 }), 'ALARM');
  assert.equal(evaluate('X00', { DatapointsToAlarm: 2 }), 'OK');
  assert.equal(evaluate('XXX'), 'ALARM');
});
