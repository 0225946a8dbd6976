/** DynamoDB's numbers: exact decimals of at most 38 digits, added, ordered and written as AWS does. */
import { AwsError } from '../../core/errors.ts';

/**
 * `sign × digits × 10^exponent`; `digits` has no trailing zero, and zero is `{ sign: 0, digits: '', exponent: 0 }`.
 * Range and precision: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: number;
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;
const MAX_DIGITS = 38;
const MAX_MAGNITUDE = 125;
const MIN_MAGNITUDE = -130;
const ZERO: Decimal = { sign: 0, digits: '', exponent: 0 };

const invalid = (message: string) => new AwsError('ValidationException', message);

/** The power of ten of the first digit: 1 for 42, -2 for 0.05. */
const magnitude = (value: Decimal) => value.exponent + value.digits.length - 1;

function normalise(negative: boolean, rawDigits: string, rawExponent: number): Decimal {
  const trimmed = rawDigits.replace(/^0+/, '');
  const digits = trimmed.replace(/0+$/, '');
  if (digits === '') return ZERO;
  const value: Decimal = {
    sign: negative ? -1 : 1,
    digits,
    exponent: rawExponent + trimmed.length - digits.length,
  };
  if (magnitude(value) > MAX_MAGNITUDE) {
    throw invalid('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (magnitude(value) < MIN_MAGNITUDE) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  if (digits.length > MAX_DIGITS) {
    throw invalid('Attempting to store more than 38 significant digits in a Number');
  }
  return value;
}

/** Reads a wire number. Throws `ValidationException` in AWS's words when it is none, too large, too small or too precise. */
export function parseDecimal(text: string): Decimal {
  if (text === '') throw invalid('The parameter cannot be converted to a numeric value');
  const match = NUMBER.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole + fraction === '') {
    throw invalid(`The parameter cannot be converted to a numeric value: ${text}`);
  }
  return normalise(match[1] === '-', whole + fraction, Number(match[4] ?? 0) - fraction.length);
}

/** The plain form that DynamoDB gives back: no exponent, no leading or trailing zero. */
export function formatDecimal(value: Decimal): string {
  if (value.sign === 0) return '0';
  const sign = value.sign < 0 ? '-' : '';
  if (value.exponent >= 0) return sign + value.digits + '0'.repeat(value.exponent);
  const point = value.digits.length + value.exponent;
  if (point > 0) return `${sign}${value.digits.slice(0, point)}.${value.digits.slice(point)}`;
  return `${sign}0.${'0'.repeat(-point)}${value.digits}`;
}

const scaled = (value: Decimal, exponent: number) =>
  value.sign === 0
    ? 0n
    : BigInt(value.sign) * BigInt(value.digits) * 10n ** BigInt(value.exponent - exponent);

/** The exact sum; throws like `parseDecimal` when it leaves the range or the precision. */
export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = scaled(a, exponent) + scaled(b, exponent);
  return normalise(sum < 0n, (sum < 0n ? -sum : sum).toString(), exponent);
}

export const negateDecimal = (value: Decimal): Decimal =>
  value.sign === 0 ? value : { ...value, sign: value.sign < 0 ? 1 : -1 };

/** Bytes whose order (memcmp) is the numbers' order. */
export function orderedBytes(value: Decimal): Buffer {
  if (value.sign === 0) return Buffer.from([1]);
  const biased = magnitude(value) - MIN_MAGNITUDE;
  const digits = Buffer.from(value.digits, 'latin1');
  if (value.sign > 0) return Buffer.concat([Buffer.from([2, biased]), digits]);
  return Buffer.concat([
    Buffer.from([0, 255 - biased]),
    digits.map((digit) => 0x69 - digit),
    Buffer.from([255]),
  ]);
}

export const compareDecimals = (a: Decimal, b: Decimal): number =>
  Buffer.compare(orderedBytes(a), orderedBytes(b));

/** Bytes that a number counts for in an item's size: half a byte a digit, one more, and one for a minus. */
export function decimalSize(value: Decimal): number {
  if (value.sign === 0) return 1;
  const count = value.digits.length;
  const straddles = count % 2 === 0 && magnitude(value) % 2 === 0;
  return 1 + Math.ceil(count / 2) + (straddles ? 1 : 0) + (value.sign < 0 ? 1 : 0);
}
