import assert from 'node:assert/strict';
import { test } from 'vitest';
import { shopFiles } from '../testing/fixture.ts';
import { parseContract } from './contract.ts';
import { compareInstants, isDate, isTimestamp, readInstant } from './instant.ts';
import { compileValidator } from './validator.ts';

const validate = compileValidator(
  parseContract(shopFiles['sources/orders.yaml'] as string, 'shop/sources/orders.yaml', 'shop'),
);
const good = { order_id: 'a', amount: 9.99, placed_at: '2024-12-01T10:00:00Z', status: 'open' };

const arrivedAtMs = Date.UTC(2024, 11, 1, 12);
const judged = (data: unknown) => validate(data, JSON.stringify(data), arrivedAtMs);

const verdictOf = (change: Record<string, unknown>) => {
  const verdict = judged({ ...good, ...change });
  return verdict.valid ? 'valid' : `${verdict.rule} ${verdict.path}`;
};

test('a payload that keeps its contract is valid, with members that the contract does not name', () => {
  assert.equal(verdictOf({}), 'valid');
  assert.equal(verdictOf({ colour: 'red' }), 'valid');
  assert.equal(verdictOf({ status: null }), 'valid');
});

const refusals: readonly (readonly [change: Record<string, unknown>, verdict: string])[] = [
  [{ order_id: undefined }, 'required /order_id'],
  [{ order_id: null }, 'type /order_id'],
  [{ order_id: '' }, 'minLength /order_id'],
  [{ amount: '9.99' }, 'type /amount'],
  [{ amount: -1 }, 'minimum /amount'],
  [{ placed_at: '2024-13-01T10:00:00Z' }, 'format /placed_at'],
  [{ placed_at: '2024-12-01 10:00:00' }, 'format /placed_at'],
  [{ status: 'lost' }, 'enum /status'],
];
for (const [change, verdict] of refusals)
  test(`${JSON.stringify(change)} is refused by ${verdict}`, () => {
    assert.equal(verdictOf(change), verdict);
  });

test('the message says where, what was found and what is allowed', () => {
  const verdict = judged({ ...good, status: 'lost' });

  assert.equal(
    verdict.valid ? '' : verdict.message,
    '/status is "lost"; it must be one of ["open","closed",null]',
  );
});

test('a payload that is not an object is refused by its type', () => {
  const verdict = judged([]);

  assert.deepEqual(verdict.valid ? [] : [verdict.rule, verdict.path], ['type', '']);
});

/** The verdict on a payload as its sender wrote it. */
const textVerdict = (members: string, judge = validate) => {
  const text = `{"order_id":"a","amount":1,"placed_at":"2024-12-01T10:00:00Z",${members}}`;
  const verdict = judge(JSON.parse(text), text, arrivedAtMs);
  return verdict.valid ? 'valid' : `${verdict.rule} ${verdict.path}`;
};

const orders = shopFiles['sources/orders.yaml'] as string;
const compiled = (source: string) =>
  compileValidator(parseContract(source, 'shop/sources/orders.yaml', 'shop'));
const withColumn = (column: string, settings = '') =>
  compiled(
    orders.replace(
      'customProperties:',
      `      - {name: x, description: It., ${column}}\ncustomProperties:\n${settings}`,
    ),
  );

const limits: readonly (readonly [column: string, value: string, verdict: string])[] = [
  ["logicalType: number, physicalType: 'decimal(18,2)'", '1e17', 'maximum /x'],
  ["logicalType: number, physicalType: 'decimal(18,2)'", '-1e17', 'minimum /x'],
  ["logicalType: number, physicalType: 'decimal(18,2)'", '9999999999999999.99', 'valid'],
  ["logicalType: number, physicalType: 'decimal(18,2)'", '9.999', 'digits /x'],
  ["logicalType: number, physicalType: 'decimal(18,2)'", '9.990', 'valid'],
  ["logicalType: number, physicalType: 'decimal(18,2)'", '1250e-3', 'valid'],
  ['logicalType: integer', '9223372036854775807', 'valid'],
  ['logicalType: integer', '9223372036854775808', 'maximum /x'],
  ['logicalType: integer', '2.0', 'valid'],
  ['logicalType: integer', '1.0000000000000000000001', 'type /x'],
  ['logicalType: integer, physicalType: smallint', '40000', 'maximum /x'],
  ['logicalType: number, physicalType: float', '1e39', 'maximum /x'],
  ['logicalType: number', '1e400', 'type /x'],
  ["logicalType: string, physicalType: 'varchar(3)'", '"😀😀😀"', 'valid'],
  ["logicalType: string, physicalType: 'varchar(3)'", '"abcd"', 'maxLength /x'],
  ['logicalType: string, physicalType: binary', '"not base64"', 'format /x'],
  ['logicalType: timestamp', '"2024-12-01T10:00:00.123456Z"', 'valid'],
  ['logicalType: timestamp', '"2024-12-01T10:00:00.123456000Z"', 'valid'],
  ['logicalType: timestamp', '"2024-12-01T10:00:00.1234567Z"', 'digits /x'],
  ['logicalType: timestamp', '"2024-12-01T10:00:00+14:30"', 'format /x'],
  ["logicalType: array, physicalType: 'array<decimal(18,2)>'", '[1.5, 1e17]', 'maximum /x/1'],
  ["logicalType: array, physicalType: 'array<bigint>'", '[1, "2"]', 'type /x/1'],
  ["logicalType: object, physicalType: 'struct<a:int>'", '{"a":1,"A":2}', 'duplicate /x/A'],
  ["logicalType: object, physicalType: 'map<string,int>'", '{"n/m":1.5}', 'type /x/n~1m'],
  ['logicalType: object', '{"a":{"b":12345678901234567890.5}}', 'digits /x/a/b'],
];
for (const [column, value, verdict] of limits)
  test(`${value} in a column {${column}} is ${verdict}`, () => {
    assert.equal(textVerdict(`"x":${value}`, withColumn(column)), verdict);
  });

test('a contract may have excess digits rounded, a column may differ from it', () => {
  const rounds = '  - {property: excessDigits, value: round}\n';
  const decimal = "logicalType: number, physicalType: 'decimal(3,2)'";
  const refuses = ', customProperties: [{property: excessDigits, value: refuse}]';

  assert.equal(textVerdict('"x":9.994', withColumn(decimal, rounds)), 'valid');
  assert.equal(textVerdict('"x":9.995', withColumn(decimal, rounds)), 'maximum /x');
  assert.equal(textVerdict('"x":9.994', withColumn(decimal + refuses, rounds)), 'digits /x');
  assert.equal(
    textVerdict('"x":"2024-12-01T10:00:00.1234567Z"', withColumn('logicalType: timestamp', rounds)),
    'valid',
  );
});

const moments: readonly (readonly [column: string, value: string, verdict: string])[] = [
  ['logicalType: timestamp', '0001-01-01T00:00:00Z', 'minimum /x'],
  ['logicalType: timestamp', '1900-01-01T00:00:00Z', 'valid'],
  ['logicalType: timestamp', '1900-01-01T00:00:00+00:01', 'minimum /x'],
  ['logicalType: timestamp', '2025-12-02T12:00:00Z', 'valid'],
  ['logicalType: timestamp', '2025-12-03T12:00:00Z', 'maximum /x'],
  ['logicalType: date', '9999-12-31', 'maximum /x'],
  ["logicalType: date, logicalTypeOptions: {maximum: '9999-12-31'}", '9999-12-31', 'valid'],
  ["logicalType: date, logicalTypeOptions: {maximum: '9999-12-31'}", '0001-01-01', 'minimum /x'],
  ["logicalType: date, logicalTypeOptions: {minimum: '1850-01-01'}", '1899-12-31', 'valid'],
  [
    "logicalType: timestamp, logicalTypeOptions: {maximum: '9999-12-31T23:59:59Z'}",
    '9999-12-31T23:59:59-14:00',
    'maximum /x',
  ],
];
for (const [column, value, verdict] of moments)
  test(`the time ${value} in a column {${column}} is ${verdict}`, () => {
    assert.equal(textVerdict(`"x":"${value}"`, withColumn(column)), verdict);
  });

test('a contract may declare another range of time', () => {
  const range = '  - {property: timeRange, value: {from: 2016-01-01, daysAfterArrival: 1}}\n';
  const judge = withColumn('logicalType: timestamp', range);

  assert.equal(textVerdict('"x":"2015-12-31T23:59:59Z"', judge), 'minimum /x');
  assert.equal(textVerdict('"x":"2024-12-02T12:00:00Z"', judge), 'valid');
  assert.equal(textVerdict('"x":"2024-12-02T12:00:01Z"', judge), 'maximum /x');
});

test('a refused time says which range it broke and how to declare another', () => {
  const text = '{"order_id":"a","amount":1,"placed_at":"0001-01-01T00:00:00Z"}';
  const verdict = validate(JSON.parse(text), text, arrivedAtMs);

  assert.equal(
    verdict.valid ? '' : verdict.message,
    '/placed_at is "0001-01-01T00:00:00Z"; it must not be before 1900-01-01, the contract\'s timeRange; logicalTypeOptions.minimum declares another',
  );
});

test('what JSON allows and engines read differently is refused', () => {
  assert.equal(textVerdict('"amount":2'), 'duplicate /amount');
  assert.equal(textVerdict('"other":1,"other":2'), 'valid');
  assert.equal(textVerdict('"note":"\\ud83d"'), 'unicode ');
  assert.equal(textVerdict('"note":"\\u0000"'), 'valid');
});

test('a payload of a hundred thousand levels is refused, not a failure', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

  assert.equal(textVerdict(`"status":${deep}`), 'depth ');
});

test('an instant is read without Date, and to the nanosecond', () => {
  for (const text of [
    '1970-01-01T00:00Z',
    '2024-02-29T23:59:59.5+14:00',
    '0001-01-01T00:00:00Z',
    '1582-10-10T00:00:00-00:30',
  ])
    assert.equal(
      (readInstant(text)?.seconds ?? 0) * 1000 + (readInstant(text)?.nanos ?? 0) / 1e6,
      Date.parse(text),
    );
  const [a, b] = ['2024-12-01T10:00:00.000000001Z', '2024-12-01T10:00:00Z'].map(readInstant);
  assert.ok(a && b && compareInstants(a, b) > 0);
});

test('dates are days that the calendar has', () => {
  assert.deepEqual(
    ['2024-02-29', '2023-02-29', '1900-02-29', '2000-02-29', '2024-04-31', '2024-4-01'].map(isDate),
    [true, false, false, true, false, false],
  );
});

test('timestamps have a time of day and, if any, a whole zone', () => {
  assert.deepEqual(
    [
      '2024-12-01T10:00',
      '2024-12-01T10:00:00.123456789Z',
      '2024-12-01T10:00:00+01:00',
      '2024-12-01T24:00:00Z',
      '2024-12-01T10:00:00.Z',
      '2024-12-01T10:00:00+1',
      '2024-12-01',
      '2024-12-01T10:00:00Zx',
      '2024-12-01T10:00:00+14:00',
      '2024-12-01T10:00:00+14:01',
    ].map(isTimestamp),
    [true, true, true, false, false, false, false, false, true, false],
  );
});
