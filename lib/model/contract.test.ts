import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContract } from './contract.ts';
import { ContractError } from './problem.ts';
import { shopFiles } from './testing/fixture.ts';

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

test('a source tells its door, its event type, its rules and its columns with their options', () => {
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

test('a rule that a source could not keep at its door is refused', () => {
  assert.match(
    problemsOf(source.replace('severity: refuse', 'severity: warn'), 'shop/sources/orders.yaml').join(),
    /a source is judged record by record at the door/,
  );
});

test('a type that Iceberg tables do not have is refused', () => {
  assert.match(
    problemsOf(silver.replace('physicalType: date', "physicalType: 'varchar(10)'")).join(),
    /'order_date' is varchar\(10\), which Iceberg tables do not have/,
  );
});

test('text that is no YAML is refused with its place', () => {
  assert.match(problemsOf('schema: [').join(), /^1:/);
});
