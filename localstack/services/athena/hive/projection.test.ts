/** Projected partitions, by the rules of https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { QueryFailure } from '../failures.ts';
import { layOut, projectedColumns } from './projection.ts';

const now = new Date('2024-03-02T10:30:00Z');

const column = (name: string, type: string, properties: Record<string, string>) => {
  const prefixed = Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [`projection.${name}.${key}`, value]),
  );
  return projectedColumns([{ name, type }], prefixed, now)[0]!;
};

test('an integer range has an interval and leading zeros', () => {
  const hour = column('hour', 'int', { type: 'integer', range: '0,23', digits: '2', interval: '6' });

  assert.deepEqual(hour.candidates(undefined, 100), ['00', '06', '12', '18']);
  assert.deepEqual(hour.candidates({ low: { value: '6', inclusive: false } }, 100), ['12', '18']);
  assert.deepEqual([hour.includes('06'), hour.includes('6'), hour.includes('07')], [true, false, false]);
});

test('dates run to NOW, by the unit of the format or the one given', () => {
  const daily = column('dt', 'string', { type: 'date', range: 'NOW-2DAYS,NOW', format: 'yyyy-MM-dd' });
  const hourly = column('dt', 'string', {
    type: 'date',
    range: '2024/03/02/08,NOW',
    format: 'yyyy/MM/dd/HH',
    'interval.unit': 'HOURS',
  });
  const monthly = column('m', 'string', { type: 'date', range: '2023-12,NOW', format: 'yyyy-MM' });

  assert.deepEqual(daily.candidates(undefined, 100), ['2024-02-29', '2024-03-01', '2024-03-02']);
  assert.deepEqual(hourly.candidates(undefined, 100), ['2024/03/02/08', '2024/03/02/09', '2024/03/02/10']);
  assert.deepEqual(monthly.candidates(undefined, 100), ['2023-12', '2024-01', '2024-02', '2024-03']);
});

test('a bound on a long date range does not walk all of it', () => {
  const dt = column('dt', 'string', { type: 'date', range: '1970-01-01,NOW', format: 'yyyy-MM-dd' });

  const values = dt.candidates({ low: { value: '2024-03-01', inclusive: true } }, 10);

  assert.deepEqual(values, ['2024-03-01', '2024-03-02']);
});

test('an injected column needs an equality', () => {
  const run = column('run', 'string', { type: 'injected' });

  assert.deepEqual(run.candidates({ oneOf: ['r1'] }, 10), ['r1']);
  assert.throws(
    () => run.candidates(undefined, 10),
    (error: QueryFailure) =>
      error.reason ===
      'CONSTRAINT_VIOLATION: For the injected projected partition column run, the WHERE clause must contain only static equality conditions, and at least one such condition must be present.',
  );
});

test('a property that is missing or wrong is named', () => {
  assert.throws(() => column('x', 'string', { type: 'enum' }), /projection\.x\.values/);
  assert.throws(() => column('x', 'string', { type: 'guess' }), /projection\.x\.type/);
  assert.throws(() => column('x', 'string', { type: 'date', range: 'NOW', format: 'yyyy' }), /two dates/);
  assert.throws(() => column('x', 'string', { type: 'date', range: '2024,NOW', format: 'EEE' }), /EEE/);
});

test('objects belong to the partition that the location template says, and to no other', () => {
  const columns = projectedColumns(
    [
      { name: 'stream', type: 'string' },
      { name: 'dt', type: 'string' },
      { name: 'hour', type: 'string' },
    ],
    {
      'projection.stream.type': 'enum',
      'projection.stream.values': 'events,landing',
      'projection.dt.type': 'date',
      'projection.dt.range': '2020-01-01,NOW',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
    },
    now,
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own placeholders.
  const template = 's3://lake/bronze/stream=${stream}/dt=${dt}/hour=${hour}/';

  const layout = layOut(
    template,
    columns,
    { stream: { oneOf: ['events'] }, dt: { oneOf: ['2024-03-01'] } },
    {},
  );
  const wide = layOut(template, columns, {}, {});

  assert.equal(layout.prefixes.length, 24);
  assert.equal(layout.prefixes[3], 's3://lake/bronze/stream=events/dt=2024-03-01/hour=03/');
  assert.deepEqual(wide.prefixes, [
    's3://lake/bronze/stream=events/dt=',
    's3://lake/bronze/stream=landing/dt=',
  ]);
  const at = (dt: string, hour: string) => `s3://lake/bronze/stream=events/dt=${dt}/hour=${hour}/x.gz`;
  assert.deepEqual(wide.partitionOf(at('2024-03-01', '07')), {
    stream: 'events',
    dt: '2024-03-01',
    hour: '07',
  });
  assert.equal(wide.partitionOf(at('2019-12-31', '07')), undefined);
  assert.equal(wide.partitionOf(at('2024-03-03', '07')), undefined);
  assert.equal(wide.partitionOf(at('2024-03-01', '7')), undefined);
  assert.equal(layout.partitionOf(at('2024-03-02', '07')), undefined);
});

// https://docs.aws.amazon.com/athena/latest/ug/partition-projection-kinesis-firehose-example.html has such a template.
test('a date whose format has slashes spans several folders', () => {
  const columns = projectedColumns(
    [{ name: 'day', type: 'string' }],
    {
      'projection.day.type': 'date',
      'projection.day.range': '2020/01/01,NOW',
      'projection.day.format': 'yyyy/MM/dd',
      'projection.day.interval.unit': 'DAYS',
    },
    now,
  );
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own placeholders.
  const template = 's3://lake/firehose/${day}/';

  const one = layOut(template, columns, { day: { oneOf: ['2024/03/01'] } }, {});
  const all = layOut(template, columns, {}, {});

  assert.deepEqual(one.prefixes, ['s3://lake/firehose/2024/03/01/']);
  assert.deepEqual(one.partitionOf('s3://lake/firehose/2024/03/01/a.gz'), { day: '2024/03/01' });
  assert.deepEqual(all.prefixes, ['s3://lake/firehose/']);
  assert.deepEqual(all.partitionOf('s3://lake/firehose/2024/03/01/a.gz'), { day: '2024/03/01' });
  assert.equal(all.partitionOf('s3://lake/firehose/2024/03/03/a.gz'), undefined);
});
