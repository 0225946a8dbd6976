/** Decimal numbers as text, because a double would lose the digits of long ids and of money. */

const numeral = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/**
 * A number's text as JSON may carry it, digits kept: `+007.50` → `7.50`, `1e3` → `1000`. Undefined for no number.
 */
export function numberText(text: string): string | undefined {
  const match = numeral.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const shifted = shift(whole, fraction, Number(exponent ?? 0));
  const negative = sign === '-' && /[1-9]/.test(shifted);
  return `${negative ? '-' : ''}${shifted}`;
}

/** Moves the decimal point by `exponent` places and drops leading zeros. */
function shift(whole: string, fraction: string, exponent: number): string {
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '');
  const rest = padded.slice(at);
  return rest ? `${integer}.${rest}` : integer;
}

/** The shortest text of the same number: `7.50` → `7.5`, `2.0` → `2`. */
export const canonicalNumber = (text: string): string =>
  text.includes('.') ? text.replace(/\.?0+$/, '') : text;

/** An integer's canonical text (`2.0` → `2`), or undefined when the text is not a whole number. */
export function integerText(text: string): string | undefined {
  const number = numberText(text);
  if (number === undefined) return undefined;
  const canonical = canonicalNumber(number);
  return canonical.includes('.') ? undefined : canonical;
}

/** A decimal as a whole number of 10^-scale. */
function scaled(text: string): { value: bigint; scale: number } {
  const [whole = '0', fraction = ''] = text.split('.');
  return { value: BigInt(whole + fraction), scale: fraction.length };
}

function decimal(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = String(negative ? -value : value).padStart(scale + 1, '0');
  const at = digits.length - scale;
  return `${negative ? '-' : ''}${digits.slice(0, at)}${scale ? `.${digits.slice(at)}` : ''}`;
}

/** Exact sum of two decimals in the form that `numberText` gives. */
export function addDecimals(a: string, b: string): string {
  const x = scaled(a);
  const y = scaled(b);
  const scale = Math.max(x.scale, y.scale);
  return decimal(x.value * 10n ** BigInt(scale - x.scale) + y.value * 10n ** BigInt(scale - y.scale), scale);
}

/** Exact product of two decimals in the form that `numberText` gives. */
export function multiplyDecimals(a: string, b: string): string {
  const x = scaled(a);
  const y = scaled(b);
  return decimal(x.value * y.value, x.scale + y.scale);
}

/** A number as its digits: the value is digits × 10^exponent; no zeros at either end, so that zero has none at all. */
export interface ExactNumber {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** Trino reckons with 10^exponent: a farther one would take it minutes, or fail it. */
const farthestExponent = 99_999;
/** Zero is zero with any exponent that Java's int holds. */
const farthestOfZero = 999_999_999;

const jsonNumber = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** The digits of a JSON number's text; undefined when its exponent is farther than ±99,999. */
export function exactNumber(text: string): ExactNumber | undefined {
  const match = jsonNumber.exec(text);
  if (!match) return undefined;
  const [, sign, whole = '', decimals = '', shift = '0'] = match;
  const all = (whole + decimals).replace(/^0+/, '');
  const farthest = all === '' ? farthestOfZero : farthestExponent;
  if (Math.abs(Number(shift)) > farthest) return undefined;
  const digits = all.replace(/0+$/, '');
  const exponent = digits === '' ? 0 : Number(shift) - decimals.length + all.length - digits.length;
  return { negative: sign === '-', digits, exponent };
}

/** Digits before the point that the number needs. */
export const integersOf = ({ digits, exponent }: ExactNumber): number =>
  Math.max(0, digits.length + exponent);

/** Digits after the point that the number needs. */
export const decimalsOf = ({ exponent }: ExactNumber): number => Math.max(0, -exponent);

/** True when both are the same number, to the last digit. */
export const isSameNumber = (a: ExactNumber | undefined, b: ExactNumber | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.digits === b.digits &&
  a.exponent === b.exponent &&
  (a.negative === b.negative || a.digits === '');

/** The number times 10^scale as a whole number, rounded half away from zero, without its sign. */
export function wholeUnits({ digits, exponent }: ExactNumber, scale: number): bigint {
  const shift = exponent + scale;
  if (shift >= 0) return BigInt(digits || '0') * 10n ** BigInt(shift);
  const kept = digits.slice(0, shift);
  const first = digits.length + shift >= 0 ? digits.charAt(digits.length + shift) : '0';
  return BigInt(kept || '0') + (first >= '5' ? 1n : 0n);
}
