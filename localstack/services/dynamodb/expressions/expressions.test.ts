/** Expressions on plain items: what they mean, and DynamoDB's words for what it refuses. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import type { AttributeValue, Item } from '../values.ts';
import { bindingOf } from './binding.ts';
import { holds, parseCondition } from './condition.ts';
import { project } from './paths.ts';
import { parseProjection } from './projection.ts';
import { applyUpdate, parseUpdate } from './update.ts';

const order: Item = {
  id: { S: 'o-1' },
  amount: { N: '298' },
  paid: { BOOL: false },
  tags: { SS: ['vip', 'gift'] },
  orderLines: { L: [{ M: { sku: { S: 'a' }, quantity: { N: '1' } } }, { M: { sku: { S: 'b' } } }] },
  address: { M: { city: { S: 'Lisbon' } } },
};

type Values = Record<string, AttributeValue>;

function condition(text: string, values: Values = {}, names: Record<string, string> = {}) {
  const placeholders = {
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
  };
  return parseCondition(text, 'ConditionExpression', bindingOf(placeholders, [text]));
}

function updated(item: Item, text: string, values: Values = {}) {
  const placeholders = Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {};
  return applyUpdate(parseUpdate(text, bindingOf(placeholders, [text])), item);
}

describe('conditions', () => {
  it('hold as the developer guide says', () => {
    const values: Values = {
      ':n': { N: '298.0' },
      ':low': { N: '100' },
      ':high': { N: '300' },
      ':text': { S: 'Lis' },
      ':tag': { S: 'vip' },
      ':type': { S: 'SS' },
      ':two': { N: '2' },
    };
    const expected: [string, boolean][] = [
      ['amount = :n', true],
      ['amount <> :n', false],
      ['absent <> :n', true],
      ['absent = :n', false],
      ['absent < :n', false],
      ['amount BETWEEN :low AND :high', true],
      ['amount IN (:low, :n)', true],
      ['begins_with(address.city, :text)', true],
      ['contains(tags, :tag)', true],
      ['attribute_type(tags, :type)', true],
      ['size(tags) = :two', true],
      ['size(orderLines) >= :two AND NOT attribute_exists(absent)', true],
      ['attribute_not_exists(orderLines[1].quantity)', true],
      ['(amount = :low OR amount = :n) AND attribute_exists(id)', true],
      ['NOT amount = :n AND attribute_exists(absent) OR attribute_exists(id)', true],
      ['address.city = amount', false],
    ];

    for (const [text, holdsThere] of expected) {
      const used = Object.fromEntries(Object.entries(values).filter(([name]) => text.includes(name)));
      assert.equal(holds(condition(text, used), order), holdsThere, text);
    }
  });

  // Words: dynalite's tests, which also run against DynamoDB.
  it('are refused in the words of DynamoDB', () => {
    const refusals: [string, Values, string][] = [
      ['', {}, 'Invalid ConditionExpression: The expression can not be empty;'],
      ['a = ', {}, 'Invalid ConditionExpression: Syntax error; token: "<EOF>", near: "="'],
      [
        'abort = :a',
        { ':a': { S: 'x' } },
        'Invalid ConditionExpression: Attribute name is a reserved keyword; reserved keyword: abort',
      ],
      [
        'a = :b',
        { ':a': { S: 'x' } },
        'Invalid ConditionExpression: An expression attribute value used in expression is not defined; attribute value: :b',
      ],
      [
        '#a = a',
        {},
        'Invalid ConditionExpression: An expression attribute name used in the document path is not defined; attribute name: #a',
      ],
      ['((a = b))', {}, 'Invalid ConditionExpression: The expression has redundant parentheses;'],
      ['things(a)', {}, 'Invalid ConditionExpression: Invalid function name; function: things'],
      [
        'size(a)',
        {},
        'Invalid ConditionExpression: The function is not allowed to be used this way in an expression; function: size',
      ],
      [
        'attribute_exists(a, b)',
        {},
        'Invalid ConditionExpression: Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2',
      ],
      [
        'a = a',
        {},
        'Invalid ConditionExpression: The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
      ],
      [
        'a BETWEEN :b AND :a',
        { ':a': { N: '1' }, ':b': { N: '2' } },
        'Invalid ConditionExpression: The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ' +
          'lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}',
      ],
    ];

    for (const [text, values, message] of refusals) {
      assert.throws(() => condition(text, values), { code: 'ValidationException', message }, text);
    }
  });
});

describe('updates', () => {
  it('compute every value from the item as it was', () => {
    const item = updated({ id: { S: '1' }, a: { N: '1' }, b: { N: '5' } }, 'SET a = b, b = a + :one', {
      ':one': { N: '1' },
    });

    assert.deepEqual(item, { id: { S: '1' }, a: { N: '5' }, b: { N: '2' } });
  });

  it('remove list members by their indexes before any removal, and append beyond the end', () => {
    const list: Item = { l: { L: [{ S: 'a' }, { S: 'b' }, { S: 'c' }, { S: 'd' }] } };

    const removed = updated(list, 'REMOVE l[0], l[2]');
    const appended = updated(list, 'SET l[9] = :y, l[7] = :x', { ':x': { S: 'x' }, ':y': { S: 'y' } });

    assert.deepEqual(removed, { l: { L: [{ S: 'b' }, { S: 'd' }] } });
    assert.deepEqual(appended.l!.L!.slice(4), [{ S: 'x' }, { S: 'y' }]);
  });

  it('add numbers exactly, join sets, and drop a set that becomes empty', () => {
    const item = updated(
      { n: { N: '0.1' }, s: { SS: ['a'] }, gone: { NS: ['1'] } },
      'ADD n :n, s :s, made :n DELETE gone :one',
      { ':n': { N: '0.2' }, ':s': { SS: ['b', 'a'] }, ':one': { NS: ['1'] } },
    );

    assert.deepEqual(item, { n: { N: '0.3' }, s: { SS: ['a', 'b'] }, made: { N: '0.2' } });
  });

  it('use defaults and append lists', () => {
    const item = updated(
      { steps: { L: [{ N: '1' }] } },
      'SET steps = list_append(if_not_exists(steps, :none), :more), notes = list_append(if_not_exists(notes, :none), :more)',
      { ':none': { L: [] }, ':more': { L: [{ N: '2' }] } },
    );

    assert.deepEqual(item, { steps: { L: [{ N: '1' }, { N: '2' }] }, notes: { L: [{ N: '2' }] } });
  });

  // Words: dynalite's tests, which also run against DynamoDB.
  it('are refused in the words of DynamoDB', () => {
    const one: Values = { ':v': { N: '1' } };
    const refusals: [string, Values, string][] = [
      [
        'SET a = :v SET b = :v',
        one,
        'Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
      ],
      [
        'SET a = :v, a.b = :v',
        one,
        'Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
      ],
      [
        'SET a[1] = :v, a.b = :v',
        one,
        'Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, [1]], path two: [a, b]',
      ],
      [
        'ADD a :s',
        { ':s': { S: 'x' } },
        'Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING',
      ],
      ['SET a = b', {}, 'The provided expression refers to an attribute that does not exist in the item'],
      [
        'SET nowhere.b = :v',
        one,
        'The document path provided in the update expression is invalid for update',
      ],
      ['SET id = id + :v', one, 'An operand in the update expression has an incorrect data type'],
    ];

    for (const [text, values, message] of refusals) {
      assert.throws(
        () => updated({ id: { S: '1' } }, text, values),
        { code: 'ValidationException', message },
        text,
      );
    }
  });
});

describe('projections', () => {
  it('cut the named parts out and close the gaps in lists', () => {
    const text = 'id, orderLines[1].sku, address.city, absent.part';

    const parts = project(order, parseProjection(text, bindingOf({}, [text])));

    assert.deepEqual(parts, {
      id: { S: 'o-1' },
      orderLines: { L: [{ M: { sku: { S: 'b' } } }] },
      address: { M: { city: { S: 'Lisbon' } } },
    });
  });
});
