/** Values of Trino's client protocol in Athena's text: the same texts that DuckDB's values give (results/text.test.ts). */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { TypeArgument, TypeSignature } from './client.ts';
import { parseExactly, parseInOrder } from './json.ts';
import { protocolText, shownColumn } from './values.ts';

const type = (rawType: string, ...given: (TypeSignature | number)[]): TypeSignature => ({
  rawType,
  arguments: given.map(
    (one): TypeArgument =>
      typeof one === 'number' ? { kind: 'LONG', value: one } : { kind: 'TYPE', value: one },
  ),
});

const row = (...fields: [string | undefined, TypeSignature][]): TypeSignature => ({
  rawType: 'row',
  arguments: fields.map(([name, typeSignature]) => ({
    kind: 'NAMED_TYPE',
    value: { ...(name && { fieldName: { name } }), typeSignature },
  })),
});

const [integer, bigint, double, real] = ['integer', 'bigint', 'double', 'real'].map((name) => type(name));
const varchar = type('varchar', 2_147_483_647);

/** As the protocol's text comes in. */
const shown = (json: string, signature: TypeSignature) => protocolText(signature)(parseInOrder(json));

test('numbers are written as Java writes them', () => {
  assert.equal(shown('1.0', double!), '1.0');
  assert.equal(shown('1.0E7', double!), '1.0E7');
  assert.equal(shown('"NaN"', double!), 'NaN');
  assert.equal(shown('"-Infinity"', double!), '-Infinity');
  assert.equal(shown('-0.0', double!), '-0.0');
  assert.equal(shown('0.1', real!), '0.1');
  assert.equal(shown('3.4028235E38', real!), '3.4028235E38');
  assert.equal(shown('9223372036854775807', bigint!), '9223372036854775807');
  assert.equal(shown('"12345678901234567890.12"', type('decimal', 38, 2)), '12345678901234567890.12');
});

test('bytes are pairs of digits, and what is text already stays', () => {
  assert.equal(shown('"aGk="', type('varbinary')), '68 69');
  assert.equal(shown('""', type('varbinary')), '');
  assert.equal(shown('"2024-01-02 03:04:05.123456"', type('timestamp', 6)), '2024-01-02 03:04:05.123456');
  assert.equal(shown('"1 02:00:00.000"', type('interval day to second')), '1 02:00:00.000');
  assert.equal(shown('"a  "', type('char', 3)), 'a  ');
  assert.equal(shown('true', type('boolean')), 'true');
});

test('arrays, maps and rows are written with their NULLs, a map in the order of Trino', () => {
  assert.equal(shown('[1,null,3]', type('array', integer!)), '[1, null, 3]');
  assert.equal(shown('{"10":"a","2":null}', type('map', integer!, varchar)), '{10=a, 2=null}');
  assert.equal(shown('{"1.0E7":1,"2.5":2}', type('map', double!, integer!)), '{1.0E7=1, 2.5=2}');
  assert.equal(
    shown('[1,["p"],null]', row(['x', integer!], ['y', type('array', varchar)], [undefined, integer!])),
    '{x=1, y=[p], field2=null}',
  );
  assert.equal(
    shown('[{"b":[1.0]}]', type('array', type('map', varchar, type('array', double!)))),
    '[{b=[1.0]}]',
  );
});

test('columns are described by the bare name of their type', () => {
  const described = [
    type('decimal', 18, 2),
    varchar,
    type('varchar', 5),
    type('char', 3),
    real!,
    type('timestamp', 6),
    type('timestamp with time zone', 3),
    type('HyperLogLog'),
    type('array', integer!),
  ].map((typeSignature) => {
    const { Type, Precision, Scale, CaseSensitive } = shownColumn({ name: 'c', type: '', typeSignature });
    return [Type, Precision, Scale, CaseSensitive];
  });

  assert.deepEqual(described, [
    ['decimal', 18, 2, false],
    ['varchar', 2_147_483_647, 0, true],
    ['varchar', 5, 0, true],
    ['char', 3, 0, true],
    ['float', 17, 0, false],
    ['timestamp', 3, 0, false],
    ['timestamp with time zone', 3, 0, false],
    ['HyperLogLog', 0, 0, false],
    ['array', 0, 0, false],
  ]);
});

test('JSON is read with the digits of large integers and the order of objects', () => {
  const text =
    '{"b": [9007199254740993, -1.5e3, "\\u00e9\\"", true, null, {}], "10": [], "9": {"2": 1, "1": 2}}';

  assert.deepEqual((parseExactly(text) as { b: unknown }).b, [
    '9007199254740993',
    -1500,
    'é"',
    true,
    null,
    {},
  ]);
  assert.deepEqual(
    parseInOrder(text),
    new Map<string, unknown>([
      ['b', ['9007199254740993', -1500, 'é"', true, null, new Map()]],
      ['10', []],
      [
        '9',
        new Map([
          ['2', 1],
          ['1', 2],
        ]),
      ],
    ]),
  );
  for (const broken of ['{"a" 1}', '[1,]', '"open', '[1', '1 2', 'nul', '{1:2}'])
    assert.throws(() => parseInOrder(broken), SyntaxError);
});
