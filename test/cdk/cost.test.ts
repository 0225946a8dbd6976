/** The cost of a deployment, counted in its templates: a small study with hourly runs stays within its figure. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { assumed, type Cost, type DeploymentCost, deploymentCost, type Templates } from '../../lake/cost.ts';
import { studiesOf } from '../../lake/studies.ts';
import { synthesise } from './synthesised.ts';

const studies = studiesOf();

const templatesOf = (context: Readonly<Record<string, string>>): Templates =>
  Object.values(synthesise(context).templates).map(({ Resources }) => Resources);

const costOf = (study: string, profile: 'small' | 'large' = 'small') =>
  deploymentCost(templatesOf({ studies: study, profile }), [studies.find(study)]);

const amountOf = (costs: readonly Cost[], item: string) => costs.find((cost) => cost.item === item)?.amount;
const sum = (costs: readonly Cost[]) => costs.reduce((total, { dollars }) => total + dollars, 0);

describe.each(studies.names)('a small %s', (name) => {
  const found: DeploymentCost = costOf(name);

  test('costs at most 25 USD a month with hourly runs that all have something to do', () => {
    assert.equal(found.runsAMonth, 730);
    assert.ok(found.total.month <= 25, JSON.stringify(found, undefined, 1));
  });

  test('leaves out nothing that a run uses', () => {
    const { transitions, statements, invocations } = {
      transitions: amountOf(found.run, 'Step Functions state transitions')!,
      statements: amountOf(found.run, 'Athena statements, 10 MB each')!,
      invocations: amountOf(found.run, 'Lambda requests')!,
    };
    const tables = studies.find(name).models.filter(({ contract }) => contract.materialization !== 'view');

    assert.ok(statements > tables.length, `${statements} statements`);
    assert.ok(transitions > statements + invocations, `${transitions} transitions`);
    assert.ok(found.run.every(({ dollars }) => dollars > 0));
    assert.ok(found.total.month > found.total.idleMonth);
  });

  test('is nearly free in an hour that brings nothing: three states, one function, no statement', () => {
    const of = (item: string) => (amountOf(found.idleMonth, `empty runs: ${item}`) ?? 0) / 730;

    assert.deepEqual(
      ['Step Functions state transitions', 'Lambda requests', 'Athena statements, 10 MB each'].map(of),
      [3, 1, 0],
    );
  });
});

test('A stream on demand is billed by the hour and by what is written and read, not by shards', () => {
  const large = costOf('amazon', 'large');

  assert.equal(amountOf(large.idleMonth, 'Kinesis shards'), undefined);
  const stream = large.idleMonth.find(({ item }) => item === 'Kinesis streams on demand')!;
  assert.deepEqual([stream.amount, stream.dollars.toFixed(2)], [1, '29.20']);
  const gigabytes = (1e6 * assumed.kilobytesAnEvent * 1024) / 2 ** 30;
  assert.equal(amountOf(large.millionEvents, 'Kinesis GB in, on demand'), gigabytes);
  assert.equal(amountOf(large.millionEvents, 'Kinesis GB out, on demand'), 2 * gigabytes);
});

test('The weekly maintenance is two statements for each table, in two states each', () => {
  const { idleMonth } = costOf('amazon');
  const tables = studies.find('amazon').models.filter(({ contract }) => contract.materialization !== 'view');
  const weeks = 730 / (24 * 7);

  const each = (item: string) => Math.round(amountOf(idleMonth, `maintenance: ${item}`)! / weeks);
  const statements = each('Athena statements, 10 MB each');
  const transitions = each('Step Functions state transitions');

  assert.equal(statements, 2 * (tables.length + 2));
  assert.equal(transitions, 2 * statements + 5);
});

test('Table optimizers take the place of the weekly statements, and cost more than the rest of a small lake', () => {
  const small = costOf('amazon');
  const optimized = deploymentCost(templatesOf({ studies: 'amazon', tableOptimizers: 'on' }), [
    studies.find('amazon'),
  ]);
  const item = 'Glue DPU-hours of table optimizers';
  const tables = studies.find('amazon').models.filter(({ contract }) => contract.materialization !== 'view');

  const found = optimized.idleMonth.find((one) => one.item === item)!;

  assert.equal(amountOf(small.idleMonth, item), undefined);
  // Two DPU-minutes for each of two runs a day, for every day of 730 hours, at 0.44 USD an hour.
  const dpuHours = ((tables.length + 2) * 2 * 2 * (730 / 24)) / 60;
  assert.equal(found.amount.toFixed(6), dpuHours.toFixed(6));
  assert.equal(found.dollars.toFixed(6), (dpuHours * 0.44).toFixed(6));
  assert.equal(amountOf(optimized.idleMonth, 'maintenance: Athena statements, 10 MB each'), undefined);
  assert.ok(optimized.total.month > 25);
});

test('Each part is the sum of its lines', () => {
  const { idleMonth, run, millionEvents, total } = costOf('amazon');

  assert.deepEqual(
    [sum(idleMonth), sum(run), sum(millionEvents)],
    [total.idleMonth, total.run, total.millionEvents],
  );
});

test('An alarm over several metrics costs as much as one for each, and a composite alarm comes on top', () => {
  const templates: Templates = [
    {
      Sum: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Metrics: [{ MetricStat: {} }, { MetricStat: {} }, { Expression: 'a+b' }] },
      },
      One: { Type: 'AWS::CloudWatch::Alarm', Properties: { MetricName: 'Errors' } },
      Both: { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: {} },
    },
  ];

  const { idleMonth, total } = deploymentCost(templates, []);

  assert.equal(amountOf(idleMonth, 'CloudWatch alarms, by metric'), 3);
  assert.equal(total.idleMonth.toFixed(2), '0.80');
});
