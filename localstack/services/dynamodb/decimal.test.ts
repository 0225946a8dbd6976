/** Laws of DynamoDB's numbers, and the limits that AWS documents for them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { addDecimals, compareDecimals, formatDecimal, orderedBytes, parseDecimal } from './decimal.ts';

/** Digits with a point somewhere, so that sums stay within 38 digits. */
const amounts = fc
  .tuple(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), fc.integer({ min: 0, max: 17 }))
  .map(([units, scale]) => ({ units, scale }));

const textOf = ({ units, scale }: { units: bigint; scale: number }) => `${units}e-${scale}`;

describe('decimals', () => {
  it('write what they read in the plainest form', () => {
    const forms = ['1.50', '1e3', '-0.0', '+007', '1.2E-3', '.5', '12345678901234567890123456789012345678'];

    const written = forms.map((text) => formatDecimal(parseDecimal(text)));

    assert.deepEqual(written, ['1.5', '1000', '0', '7', '0.0012', '0.5', forms.at(-1)]);
  });

  it('add exactly', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const units = a.units * 10n ** BigInt(scale - a.scale) + b.units * 10n ** BigInt(scale - b.scale);

        const sum = addDecimals(parseDecimal(textOf(a)), parseDecimal(textOf(b)));

        assert.deepEqual(sum, parseDecimal(textOf({ units, scale })));
      }),
    );
  });

  it('sort by their bytes as by their values', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const scale = Math.max(a.scale, b.scale);
        const difference =
          a.units * 10n ** BigInt(scale - a.scale) - b.units * 10n ** BigInt(scale - b.scale);

        const order = compareDecimals(parseDecimal(textOf(a)), parseDecimal(textOf(b)));

        assert.equal(Math.sign(order), difference < 0n ? -1 : difference > 0n ? 1 : 0);
      }),
    );
  });

  it('have bytes that no other number has', () => {
    fc.assert(
      fc.property(amounts, (a) => {
        const value = parseDecimal(textOf(a));

        const again = parseDecimal(formatDecimal(value));

        assert.deepEqual(orderedBytes(again), orderedBytes(value));
      }),
    );
  });

  // Words and limits: dynalite's tests, which also run against DynamoDB; HowItWorks.NamingRulesDataTypes.
  it('refuse what DynamoDB refuses, in its words', () => {
    const refusals: [string, RegExp][] = [
      ['', /^The parameter cannot be converted to a numeric value$/],
      ['b', /^The parameter cannot be converted to a numeric value: b$/],
      ['1e126', /^Number overflow\./],
      ['1e-131', /^Number underflow\./],
      ['123456789012345678901234567890123456789', /^Attempting to store more than 38 significant digits/],
    ];

    for (const [text, message] of refusals) {
      assert.throws(() => parseDecimal(text), { code: 'ValidationException', message });
    }
    assert.equal(formatDecimal(parseDecimal('9.9999999999999999999999999999999999999E+125')).length, 126);
  });
});
