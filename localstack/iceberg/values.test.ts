/** Single values: Appendix D's bytes, texts, and bounds that never leave a value out. https://iceberg.apache.org/spec/#appendix-d-single-value-serialization */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import {
  compareValues,
  decodeValue,
  encodeValue,
  lowerBound,
  parseValue,
  upperBound,
  valueText,
} from './values.ts';

// Encodings of the JSON examples of Appendix D, worked out by its rules: little-endian numbers, minimal big-endian decimals.
const BYTES: [type: string, text: string, hex: string][] = [
  ['boolean', 'true', '01'],
  ['int', '34', '22000000'],
  ['long', '-34', 'deffffffffffffff'],
  ['float', '1.0', '0000803f'],
  ['double', '1.0', '000000000000f03f'],
  ['decimal(9, 2)', '14.20', '058c'],
  ['decimal(38, 0)', '-129', 'ff7f'],
  ['decimal(9, 2)', '0.00', '00'],
  ['date', '2017-11-16', '4e440000'],
  ['time', '22:31:08.123456', '406509e012000000'],
  ['timestamp', '2017-11-16T22:31:08.123456', '40a5282d215e0500'],
  ['timestamptz', '2017-11-16T22:31:08.123456+00:00', '40a5282d215e0500'],
  ['string', 'iceberg', '69636562657267'],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
  ['fixed[4]', '000102ff', '000102ff'],
  ['binary', '000102ff', '000102ff'],
];

for (const [type, text, hex] of BYTES)
  test(`${type} ${text} is ${hex} in bounds, and comes back`, () => {
    const value = parseValue(type, text)!;

    const bytes = encodeValue(type, value);

    assert.equal(bytes.toString('hex'), hex);
    assert.deepEqual(decodeValue(type, bytes), value);
    assert.deepEqual(parseValue(type, valueText(type, value)), value);
  });

test('a bound written before a column was widened is still read', () => {
  assert.equal(decodeValue('long', encodeValue('int', -7)), -7n);
  assert.equal(decodeValue('double', encodeValue('float', 0.5)), 0.5);
  assert.equal(decodeValue('decimal(38, 2)', encodeValue('decimal(5, 2)', -129n)), -129n);
});

test('texts that are not values of the type are none', () => {
  const none: [string, string][] = [
    ['int', '2147483648'],
    ['date', '2023-02-30'],
    ['date', '0044-03-15 (BC)'],
    ['timestamp', '20000-01-01 00:00:00'],
    ['time', '24:00:00'],
    ['decimal(9, 2)', '1.234'],
    ['double', 'NaN'],
    ['uuid', 'f79c'],
  ];

  assert.deepEqual(
    none.map(([type, text]) => parseValue(type, text)),
    none.map(() => undefined),
  );
});

test('bounds of any text enclose it, though cut to 16 code points', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      const upper = upperBound('string', text);

      assert.ok(compareValues(lowerBound('string', text), text) <= 0);
      assert.ok(upper === undefined || compareValues(upper, text) >= 0);
      assert.ok([...String(upper ?? '')].length <= 16);
    }),
  );
});

test('bounds of any bytes enclose them, though cut to 16', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (array) => {
      const bytes = Buffer.from(array);
      const upper = upperBound('binary', bytes);

      assert.ok(compareValues(lowerBound('binary', bytes), bytes) <= 0);
      assert.ok(upper === undefined || compareValues(upper, bytes) >= 0);
    }),
  );
});

test('nothing is above a text of the highest code points', () => {
  assert.equal(upperBound('string', '\u{10ffff}'.repeat(17)), undefined);
  assert.equal(upperBound('string', `${'a'.repeat(15)}\ud7ffz`), `${'a'.repeat(15)}\ue000`);
});
