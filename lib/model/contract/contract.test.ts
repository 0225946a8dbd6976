import assert from 'node:assert/strict';
import { test } from 'vitest';
import { shopFiles } from '../testing/fixture.ts';
import { parseContract } from './contract.ts';
import { isJudgedOnArrival } from './contractFacts.ts';
import { ContractError } from './problem.ts';

const source = shopFiles['sources/orders.yaml'] as string;
const silver = shopFiles['silver/orders.yaml'] as string;

const problemsOf = (text: string, file = 'shop/silver/orders.yaml') => {
  try {
    parseContract(text, file, 'shop');
  } catch (error) {
    assert.ok(error instanceof ContractError);
    return error.problems.map(({ line, message }) => `${line}: ${message}`);
  }
  return [];
};

test('a source tells its ingestion, its event type, its rules and its columns with their options', () => {
  const contract = parseContract(source, 'shop/sources/orders.yaml', 'shop');

  assert.equal(contract.kind, 'source');
  assert.equal(contract.layer, 'source');
  assert.equal(contract.eventType, 'shop.orders');
  assert.deepEqual(contract.identity, ['order_id']);
  const [id, amount, , status] = contract.columns;
  assert.deepEqual(id?.options, { minLength: 1 });
  assert.equal(amount?.type, 'decimal(18,2)');
  assert.deepEqual(status?.enum, ['open', 'closed']);
  assert.equal(status?.required, false);
});

test('a table tells its key, its materialization and the sources that it accounts for', () => {
  const contract = parseContract(silver, 'shop/silver/orders.yaml', 'shop');

  assert.deepEqual(contract.primaryKey, ['order_id']);
  assert.equal(contract.materialization, 'append');
  assert.deepEqual(contract.accountsFor, ['orders']);
  assert.equal(contract.columns[0]?.required, true);
  assert.deepEqual(
    contract.quality.map(({ name, severity, dimension }) => [name, severity, dimension]),
    [
      ['not-in-the-future', 'refuse', 'accuracy'],
      ['some-rows', 'warn', 'coverage'],
    ],
  );
});

test('every problem is reported with its line, not only the first', () => {
  const broken = silver
    .replace('kind: DataContract', 'kind: Contract')
    .replace("physicalType: 'decimal(18,2)'", 'physicalType: money')
    .replace('metric: rowCount, mustBeGreaterOrEqualTo: 0', 'metric: rowCount')
    .replace('value: append', 'value: overwrite');

  assert.deepEqual(
    problemsOf(broken).map((problem) => problem.replace(/; allowed.*|at character.*/, '')),
    [
      "2: kind is 'Contract'; it must be DataContract",
      "13: column 'amount': unknown type 'money' ",
      "24: rule 'some-rows' needs exactly one of mustBe, mustNotBe, mustBeGreaterThan, mustBeGreaterOrEqualTo, mustBeLessThan, mustBeLessOrEqualTo, mustBeBetween, mustNotBeBetween; it has 0",
      "26: materialization is 'overwrite'",
    ],
  );
});

test('an option that would have no effect is refused', () => {
  assert.match(
    problemsOf(source.replace('{minLength: 1}', '{minimum: 1}'), 'shop/sources/orders.yaml').join(),
    /option 'minimum' of 'order_id' has no effect on a string; allowed: minLength, maxLength, pattern, format/,
  );
});

test('of a source’s rules, the lists of allowed values are judged on arrival', () => {
  const contract = parseContract(
    source.replace(
      'severity: refuse}',
      `severity: refuse}
    quality:
      - {type: sql, name: cheap, query: 'amount > 1000', severity: refuse, mustBe: 0}`,
    ),
    'shop/sources/orders.yaml',
    'shop',
  );

  assert.deepEqual(
    contract.quality.map((rule) => [rule.name, isJudgedOnArrival(rule)]),
    [
      ['cheap', false],
      ['known-status', true],
    ],
  );
});

test('a type that Iceberg tables do not have is refused', () => {
  assert.match(
    problemsOf(silver.replace('physicalType: date', "physicalType: 'varchar(10)'")).join(),
    /'order_date' is varchar\(10\), which Iceberg tables do not have/,
  );
});

test('text that is not YAML is refused with its place', () => {
  assert.match(problemsOf('schema: [').join(), /^1:/);
});

const changed: readonly (readonly [change: string, problem: RegExp])[] = [
  ['  - {property: excessDigits, value: cut}', /excessDigits is 'cut'; allowed: refuse, round/],
  [
    '  - {property: timeRange, value: {from: yesterday}}',
    /timeRange is .*; it has from, a date \(default 1900-01-01\)/,
  ],
  ['  - {property: timeRange, value: 30}', /timeRange is 30; it has from/],
];
for (const [change, problem] of changed)
  test(`the setting ${change.trim()} is refused with what is allowed`, () => {
    assert.match(problemsOf(`${source}${change}\n`, 'shop/sources/orders.yaml').join(), problem);
  });

const unfit: readonly (readonly [column: string, problem: RegExp])[] = [
  [
    "logicalType: string, physicalType: 'char(3)'",
    /a string cannot become char\(3\); allowed: string, varchar, binary/,
  ],
  ['logicalType: string, physicalType: bigint', /a string cannot become bigint/],
  ['logicalType: number, physicalType: int', /a number cannot become int; allowed: decimal, float, double/],
  ["logicalType: integer, physicalType: 'decimal(18,2)'", /declare logicalType number, or a scale of 0/],
  [
    "logicalType: array, physicalType: 'array<date>'",
    /date cannot be inside an array, map or struct of a source/,
  ],
  ["logicalType: object, physicalType: 'map<int,string>'", /the keys of map<int,string> must be string/],
];
for (const [column, problem] of unfit)
  test(`a source's column {${column}} is refused, because no cast could make it`, () => {
    const text = source.replace(
      'customProperties:',
      `      - {name: x, description: It., ${column}}\ncustomProperties:`,
    );

    assert.match(problemsOf(text, 'shop/sources/orders.yaml').join(), problem);
  });
