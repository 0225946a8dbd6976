/** Numbers: trino.io/docs/476/functions/math.html and bitwise.html. */
import { failWith } from '../translate/failure.ts';
import { decimalResult, scaledDecimal, unscaled } from '../translate/operator.ts';
import type { Typed } from '../translate/scope.ts';
import { asDecimal, decimal, physicalType, type Type } from '../types.ts';
import { type Emission, same, scalar, unlessNull } from './entry.ts';

const INTEGERS = ['tinyint', 'smallint', 'integer', 'bigint'] as const;
const FLOATS = ['real', 'double'] as const;
const decimalArgument = ([value]: readonly Typed[]) => asDecimal(value!.type);

/** ceil, floor and round without digits: one whole digit more, unless nothing is cut off. */
const wholeDecimal = (args: readonly Typed[]): Type => {
  const { precision, scale } = decimalArgument(args);
  return decimal(Math.min(38, precision - scale + Math.min(1, scale)), 0);
};

const domain = (name: string, double: string) => same(`${name}(double) -> double`, double);

export const MATH_FUNCTIONS = [
  ...[...INTEGERS, ...FLOATS].flatMap((type) => [
    scalar(`abs(${type}) -> ${type}`, ([x]) => `abs(${x})`),
    scalar(`sign(${type}) -> ${type}`, ([x]) => {
      const sign = `CAST(sign(${x}) AS ${physicalType({ kind: type })})`;
      return type === 'real' || type === 'double' ? `CASE WHEN isnan(${x}) THEN ${x} ELSE ${sign} END` : sign;
    }),
  ]),
  ...INTEGERS.flatMap((type) =>
    ['ceil', 'ceiling', 'floor', 'round'].map((name) => scalar(`${name}(${type}) -> ${type}`, ([x]) => x!)),
  ),
  ...INTEGERS.map((type) =>
    scalar(
      `round(${type}, integer) -> ${type}`,
      ([x, digits]) =>
        `CAST(hw_round_integer(CAST(${x} AS HUGEINT), ${digits}) AS ${physicalType({ kind: type })})`,
    ),
  ),
  ...FLOATS.flatMap((type) => [
    same(`ceil(${type}) -> ${type}`, 'ceil'),
    same(`ceiling(${type}) -> ${type}`, 'ceil'),
    same(`floor(${type}) -> ${type}`, 'floor'),
    same(`truncate(${type}) -> ${type}`, 'trunc'),
  ]),
  same('round(double) -> double', 'round'),
  same('round(double, integer) -> double', 'hw_round_double'),
  scalar('abs(decimal(p,s)) -> decimal(p,s)', ([x]) => `abs(${x})`),
  scalar('sign(decimal(p,s)) -> decimal(1,0)', ([x]) => `CAST(sign(${x}) AS DECIMAL(1,0))`),
  ...['ceil', 'ceiling'].map((name) =>
    scalar(
      `${name}(decimal(p,s)) -> decimal(p,0)`,
      ([x], call) => `CAST(ceil(${x}) AS ${physicalType(call.result)})`,
      wholeDecimal,
    ),
  ),
  scalar(
    'floor(decimal(p,s)) -> decimal(p,0)',
    ([x], call) => `CAST(floor(${x}) AS ${physicalType(call.result)})`,
    wholeDecimal,
  ),
  scalar(
    'round(decimal(p,s)) -> decimal(p,0)',
    ([x], call) => `CAST(${x} AS ${physicalType(call.result)})`,
    wholeDecimal,
  ),
  scalar(
    'round(decimal(p,s), integer) -> decimal(p,s)',
    ([x, digits], call) => {
      const places =
        roundingPlaces(call.arguments[1]!) ??
        call.refuse(`round of a decimal to ${digits} places that are not a literal`);
      const { precision, scale } = decimalArgument(call.arguments);
      if (places >= scale) return x!;
      if (places < 0) return wholePlaces(x!, call, places, 'half');
      return `CAST(CAST(${x} AS ${physicalType(decimal(Math.min(38, precision + 1), places))}) AS ${physicalType(call.result)})`;
    },
    (args) => {
      const { precision, scale } = decimalArgument(args);
      return decimal(Math.min(38, precision + 1), scale);
    },
  ),
  scalar(
    'truncate(decimal(p,s)) -> decimal(p,0)',
    ([x], call) => `CAST(trunc(${x}) AS ${physicalType(call.result)})`,
    (args) => {
      const { precision, scale } = decimalArgument(args);
      return decimal(Math.max(1, precision - scale), 0);
    },
  ),
  ...[...INTEGERS].map((type) =>
    scalar(
      `mod(${type}, ${type}) -> ${type}`,
      ([a, b]) => `CASE WHEN ${b} = 0 THEN ${failWith('Division by zero')} ELSE (${a} % ${b}) END`,
    ),
  ),
  same('mod(double, double) -> double', 'hw_remainder'),
  scalar(
    'mod(decimal(a,b), decimal(c,d)) -> decimal(a,b)',
    ([a, b], call) =>
      `CASE WHEN ${b} = 0 THEN ${failWith('Division by zero')} ELSE CAST(CAST(${a} AS ${wide(call.result)}) % CAST(${b} AS ${wide(call.result)}) AS ${physicalType(call.result)}) END`,
    ([a, b]) => decimalResult('%', asDecimal(a!.type), asDecimal(b!.type)),
  ),
  domain('sqrt', 'hw_sqrt'),
  domain('cbrt', 'cbrt'),
  domain('exp', 'exp'),
  domain('ln', 'hw_ln'),
  domain('log10', 'hw_log10'),
  domain('log2', 'hw_log2'),
  scalar('log(double, double) -> double', ([base, x]) => `(hw_ln(${x}) / hw_ln(${base}))`),
  same('power(double, double) -> double', 'pow'),
  same('pow(double, double) -> double', 'pow'),
  domain('sin', 'hw_sin'),
  domain('cos', 'hw_cos'),
  domain('tan', 'hw_tan'),
  domain('asin', 'hw_asin'),
  domain('acos', 'hw_acos'),
  domain('atan', 'atan'),
  same('atan2(double, double) -> double', 'atan2'),
  domain('sinh', 'sinh'),
  domain('cosh', 'cosh'),
  domain('tanh', 'tanh'),
  domain('degrees', 'degrees'),
  domain('radians', 'radians'),
  scalar('pi() -> double', () => 'pi()'),
  scalar('e() -> double', () => 'exp(CAST(1 AS DOUBLE))'),
  scalar('nan() -> double', () => "CAST('NaN' AS DOUBLE)"),
  scalar('infinity() -> double', () => "CAST('Infinity' AS DOUBLE)"),
  same('is_nan(double) -> boolean', 'isnan'),
  same('is_finite(double) -> boolean', 'isfinite'),
  same('is_infinite(double) -> boolean', 'isinf'),
  scalar('bitwise_and(bigint, bigint) -> bigint', ([a, b]) => `(${a} & ${b})`),
  scalar('bitwise_or(bigint, bigint) -> bigint', ([a, b]) => `(${a} | ${b})`),
  scalar('bitwise_xor(bigint, bigint) -> bigint', ([a, b]) => `xor(${a}, ${b})`),
  scalar('bitwise_not(bigint) -> bigint', ([a]) => `(~${a})`),
  scalar('random() -> double', () => 'random()'),
  scalar('rand() -> double', () => 'random()'),
  same('width_bucket(double, double, double, bigint) -> bigint', 'hw_width_bucket'),
  scalar('bit_count(bigint, bigint) -> bigint', ([x, bits]) => `CAST(hw_bit_count(${x}, ${bits}) AS BIGINT)`),
  ...INTEGERS.flatMap((type, index) =>
    (
      [
        ['bitwise_left_shift', 'hw_shift_left'],
        ['bitwise_right_shift', 'hw_shift_right'],
        ['bitwise_right_shift_arithmetic', 'hw_shift_right_signed'],
      ] as const
    ).map(([name, macro]) =>
      scalar(
        `${name}(${type}, integer) -> ${type}`,
        ([x, n]) => `CAST(${macro}(${x}, ${n}, ${8 * 2 ** index}) AS ${physicalType({ kind: type })})`,
      ),
    ),
  ),
  same('from_base(varchar(x), bigint) -> bigint', 'hw_js_from_base'),
  scalar('round(real) -> real', ([x]) => `CAST(round(${x}) AS FLOAT)`),
  scalar(
    'round(real, integer) -> real',
    ([x, digits]) => `CAST(hw_round_double(CAST(${x} AS DOUBLE), ${digits}) AS FLOAT)`,
  ),
  scalar('mod(real, real) -> real', ([a, b]) => `(${a} % ${b})`),
  scalar('truncate(decimal(p,s), integer) -> decimal(p,s)', ([x], call) => {
    const places =
      roundingPlaces(call.arguments[1]!) ??
      call.refuse('truncate of a decimal to places that are not a literal');
    if (places >= decimalArgument(call.arguments).scale) return x!;
    return wholePlaces(x!, call, places, 'cut');
  }),
  scalar('width_bucket(double, array(double)) -> bigint', ([x, bins], call) => {
    const bin = call.fresh();
    return unlessNull(
      [x!, bins!],
      `CASE WHEN len(list_filter(${bins}, lambda ${bin}: ${bin} IS NULL OR NOT isfinite(${bin}))) > 0 OR list_sort(${bins}) <> ${bins} OR isnan(${x}) THEN ${failWith('width_bucket of bins that are not in order is not in the verified list (docs/athena-sql.md)')} ELSE CAST(len(list_filter(${bins}, lambda ${bin}: ${bin} <= ${x})) AS BIGINT) END`,
    );
  }),
  ...INTEGERS.flatMap((type) =>
    ['random', 'rand'].flatMap((name) => [
      scalar(`${name}(${type}) -> ${type}`, ([bound]) => randomBetween('0', bound!, type)),
      scalar(`${name}(${type}, ${type}) -> ${type}`, ([low, high]) => randomBetween(low!, high!, type)),
    ]),
  ),
  scalar('to_base(bigint, bigint) -> varchar(64)', ([value, base]) => `hw_to_base(${value}, ${base})`),
];

/** On the unscaled number, which has room for one digit more up to 37. */
function wholePlaces(x: string, call: Emission, places: number, how: 'half' | 'cut'): string {
  const type = decimalArgument(call.arguments);
  const power = type.scale - places;
  if (type.precision > 37) call.refuse(`${call.name} of a decimal of 38 digits to ${places} places`);
  if (power > 37) return `CAST(0 AS ${physicalType(call.result)})`;
  const unit = `CAST('1${'0'.repeat(power)}' AS HUGEINT)`;
  const value = unscaled({ sql: x, type });
  const count =
    how === 'half' ? `hw_divide(${value}, ${unit}, CAST('1' AS HUGEINT))` : `(${value} // ${unit})`;
  return `CAST(${scaledDecimal(`${count} * ${unit}`, type)} AS ${physicalType(call.result)})`;
}

const randomBetween = (low: string, high: string, type: (typeof INTEGERS)[number]) =>
  `CASE WHEN ${high} <= ${low} THEN ${failWith('bound must be positive')} ELSE CAST(${low} + floor(random() * (${high} - ${low})) AS ${physicalType({ kind: type })}) END`;

const wide = (type: Type) => physicalType(decimal(38, type.kind === 'decimal' ? type.scale : 0));

function roundingPlaces(digits: Typed): number | undefined {
  return digits.literal?.kind === 'number' ? Number(digits.literal.text) : undefined;
}
