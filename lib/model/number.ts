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

/** An integer's canonical text (`2.0` → `2`), or undefined when the text is no whole number. */
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
