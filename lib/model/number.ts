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
