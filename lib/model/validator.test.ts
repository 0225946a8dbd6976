import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContract } from './contract.ts';
import { isDate, isTimestamp } from './instant.ts';
import { shopFiles } from './testing/fixture.ts';
import { compileValidator } from './validator.ts';

const validate = compileValidator(
  parseContract(shopFiles['sources/orders.yaml'] as string, 'shop/sources/orders.yaml', 'shop'),
);
const good = { order_id: 'a', amount: 9.99, placed_at: '2024-12-01T10:00:00Z', status: 'open' };

const verdictOf = (change: Record<string, unknown>) => {
  const verdict = validate({ ...good, ...change });
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
  const verdict = validate({ ...good, status: 'lost' });

  assert.equal(
    verdict.valid ? '' : verdict.message,
    '/status is "lost"; it must be one of ["open","closed",null]',
  );
});

test('a payload that is no object is refused by its type', () => {
  const verdict = validate([]);

  assert.deepEqual(verdict.valid ? [] : [verdict.rule, verdict.path], ['type', '']);
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
    ].map(isTimestamp),
    [true, true, true, false, false, false, false, false],
  );
});
