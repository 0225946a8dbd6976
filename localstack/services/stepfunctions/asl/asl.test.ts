/** Paths, intrinsic functions and choice rules: what they give, by the recorded answers of AWS. */
import assert from 'node:assert/strict';
import { describe, it } from 'vitest';
import { ruleHolds } from './choice.ts';
import { parseExpression, valueOfExpression } from './intrinsics.ts';
import type { Json } from './json.ts';
import { evaluate, parseJsonPath, placed } from './jsonPath.ts';

const document: Json = {
  store: { books: [{ title: 'A', price: 5 }, { title: 'B', price: 15 }, { title: 'C' }] },
  'Test\\""Name"': 'odd',
  list: [0, 1, 2, 3],
};

const computed = (source: string, input: Json) =>
  valueOfExpression(parseExpression(source), { input, context: {}, random: () => 0.5 });

describe('paths', () => {
  it('read what they name', () => {
    const expected: [string, Json][] = [
      ['$.store.books[0].title', 'A'],
      ["$['store']['books'][-1].title", 'C'],
      ['$.store.books[*].title', ['A', 'B', 'C']],
      ['$.list[1:3]', [1, 2]],
      ['$.list[0,2]', [0, 2]],
      ['$..title', ['A', 'B', 'C']],
      ['$.store.books[?(@.price > 5 && @.title == "B")].title', ['B']],
      ['$.store.books[?(!@.price)].title', ['C']],
      ['$.store.books[?(@.price == 99)]', []],
      // Recorded on AWS: LocalStack, scenarios/test_base_scenarios, test_escape_sequence_parsing.
      [`$['Test\\""Name"']`, 'odd'],
    ];

    for (const [path, value] of expected)
      assert.deepEqual(evaluate(parseJsonPath(path), document), value, path);
  });

  it('write where they point, making what is missing on the way', () => {
    assert.deepEqual(placed(parseJsonPath('$.a.b'), { x: 1 }, 2), { x: 1, a: { b: 2 } });
    assert.deepEqual(placed(parseJsonPath('$.l[1]'), { l: [0, 0] }, 7), { l: [0, 7] });
    assert.throws(() => placed(parseJsonPath('$.x.y'), { x: 1 }, 2), { name: 'UnwritablePathError' });
  });
});

describe('intrinsic functions', () => {
  // Recorded on AWS: LocalStack, stepfunctions/v2/intrinsic_functions.
  it('give what AWS gives', () => {
    const expected: [string, Json, Json][] = [
      ["States.Format('{} and {}', $.a, $.b)", { a: 'x', b: { n: 1, l: [] } }, 'x and {n=1, l=[]}'],
      ["States.Format('it\\'s \\{{}\\}', $)", 1, "it's {1}"],
      ['States.StringToJson($)', ' ', null],
      ['States.StringToJson($)', '{"a":[1]}', { a: [1] }],
      ['States.JsonToString($)', { a: [1] }, '{"a":[1]}'],
      ['States.ArrayPartition($, 2)', [0, 1, 2], [[0, 1], [2]]],
      ['States.ArrayContains($, 2)', [1, 2], true],
      ['States.ArrayRange(1, 9, 2)', null, [1, 3, 5, 7, 9]],
      ['States.ArrayRange(3, -3, -3)', null, [3, 0, -3]],
      ['States.ArrayGetItem($, 1)', ['a', 'b'], 'b'],
      ['States.ArrayLength($)', ['a', 'b'], 2],
      ['States.ArrayUnique($)', [1, '1', 1, { a: 1 }, { a: 1 }], [1, '1', { a: 1 }]],
      ['States.Base64Encode($)', 'data', 'ZGF0YQ=='],
      ["States.Hash($, 'SHA-1')", 'input data', 'aaff4a450a104cd177d28d18d74485e8cae074b7'],
      ['States.JsonMerge($.a, $.b, false)', { a: { x: 1, y: { z: 1 } }, b: { y: 2 } }, { x: 1, y: 2 }],
      ['States.MathAdd($, -1)', 111, 110],
      ['States.MathRandom(1, 9)', null, 5],
      ["States.StringSplit($, '.+')", '1.2+3', ['1', '2', '3']],
      ["States.Array(1, 'x', States.Array())", null, [1, 'x', []]],
    ];

    for (const [source, input, value] of expected) assert.deepEqual(computed(source, input), value, source);
  });
});

describe('choice rules', () => {
  // Recorded on AWS: LocalStack, stepfunctions/v2/choice_operators: another type is never an error, it does not compare.
  it('compare values of their own type and nothing else', () => {
    const holds = (rule: object, value: Json) =>
      ruleHolds({ Variable: '$.v', ...rule } as never, { input: { v: value }, context: {} });
    const expected: [object, Json, boolean][] = [
      [{ NumericEquals: 0 }, 0, true],
      [{ NumericEquals: 0 }, '0', false],
      [{ NumericEquals: 0 }, null, false],
      [{ StringEquals: 'a' }, 'a', true],
      [{ StringLessThan: 'b' }, 'a', true],
      [{ StringMatches: 'log-*.t\\*t' }, 'log-1.t*t', true],
      [{ StringMatches: 'log-*.txt' }, 'log-1xtxt', false],
      [{ StringMatches: `${'*a'.repeat(100)}*b` }, 'a'.repeat(10_000), false],
      [{ BooleanEquals: false }, false, true],
      [{ BooleanEquals: false }, null, false],
      [{ IsTimestamp: true }, '2012-10-09T19:00:55Z', true],
      [{ IsTimestamp: true }, '2012-10-09T19:00:55', false],
      [{ TimestampGreaterThan: '2012-10-09T19:00:54Z' }, '2012-10-09T20:00:55+01:00', true],
      [{ IsNull: true }, null, true],
      [{ IsPresent: true }, null, true],
    ];

    for (const [rule, value, outcome] of expected) {
      assert.equal(holds(rule, value), outcome, JSON.stringify([rule, value]));
    }
    assert.equal(ruleHolds({ Variable: '$.absent', IsPresent: false }, { input: {}, context: {} }), true);
    assert.throws(() => ruleHolds({ Variable: '$.absent', NumericEquals: 0 }, { input: {}, context: {} }), {
      error: 'States.Runtime',
    });
  });
});
