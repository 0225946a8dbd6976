/** java.util.Formatter, as Trino's format() uses it: text, whole numbers and decimals with width, sign, grouping and precision. */
import { javaDouble } from './jsonText.ts';

/** `s` text, `d` a whole number, `f` a double, `n` a decimal, `b` a boolean. */
export type FormatKind = 's' | 'd' | 'f' | 'n' | 'b';

const SPECIFIER = /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])|%/g;

function fail(message: string): never {
  throw new Error(`!${message}`);
}

/** A decimal text rounded half away from zero to so many places. */
function roundText(text: string, places: number): string {
  const [whole = '', fraction = ''] = text.split('.');
  const kept = fraction.slice(0, places).padEnd(places, '0');
  const digits = BigInt(whole + kept) + ((fraction[places] ?? '0') >= '5' ? 1n : 0n);
  const all = String(digits).padStart(places + 1, '0');
  return places === 0 ? all : `${all.slice(0, -places)}.${all.slice(-places)}`;
}

/** A finite number above or equal to zero without an exponent, in its shortest digits. */
function plainText(value: number): string {
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${digits}`;
  const padded = digits.padEnd(exponent + 1, '0');
  return `${padded.slice(0, exponent + 1)}.${padded.slice(exponent + 1) || '0'}`;
}

function numberText(negative: boolean, digits: string, flags: string, width: number): string {
  const [whole = '', ...rest] = digits.split('.');
  const grouped = flags.includes(',') ? whole.replace(/\B(?=(?:\d{3})+$)/g, ',') : whole;
  const body = [grouped, ...rest].join('.');
  const [before, after] = negative
    ? flags.includes('(')
      ? ['(', ')']
      : ['-', '']
    : [flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '', ''];
  const zeros = flags.includes('0') ? Math.max(0, width - before.length - body.length - after.length) : 0;
  return before + '0'.repeat(zeros) + body + after;
}

function formatNumber(
  value: string,
  kind: FormatKind,
  flags: string,
  width: number,
  precision: number | undefined,
): string {
  if (kind === 'f') {
    const number = Number(value);
    if (!Number.isFinite(number)) return javaDouble(number);
    const digits = roundText(plainText(Math.abs(number)), precision ?? 6);
    return numberText(number < 0 || Object.is(number, -0), digits, flags, width);
  }
  return numberText(value.startsWith('-'), roundText(value.replace('-', ''), precision ?? 6), flags, width);
}

function formatOne(
  value: string | null,
  kind: FormatKind,
  conversion: string,
  flags: string,
  width: number,
  precision: number | undefined,
): string {
  const mismatch = () => fail(`Invalid format string: %${conversion} does not take a value of that type`);
  switch (conversion) {
    case 's':
    case 'S': {
      if (/[^-]/.test(flags)) return fail(`Invalid format string: the flags '${flags}' of %${conversion}`);
      const text = value === null ? 'null' : kind === 'f' ? javaDouble(Number(value)) : value;
      const cut = precision === undefined ? text : text.slice(0, precision);
      return conversion === 'S' ? cut.toUpperCase() : cut;
    }
    case 'b': {
      if (kind !== 'b' && value !== null) return 'true';
      return value ?? 'false';
    }
    case 'd':
      if (value === null) return 'null';
      if (kind !== 'd' || precision !== undefined) return mismatch();
      return numberText(value.startsWith('-'), value.replace('-', ''), flags, width);
    case 'x':
    case 'X': {
      if (value === null) return conversion === 'X' ? 'NULL' : 'null';
      if (kind !== 'd' || value.startsWith('-') || /[^-0]/.test(flags)) return mismatch();
      const digits = numberText(false, BigInt(value).toString(16), flags, width);
      return conversion === 'X' ? digits.toUpperCase() : digits;
    }
    case 'f':
      if (value === null) return 'null';
      return kind === 'f' || kind === 'n' ? formatNumber(value, kind, flags, width, precision) : mismatch();
    default:
      return fail(`format with %${conversion} is not in the verified list (docs/athena-sql.md)`);
  }
}

/** `values`: their texts, null for NULL. */
export function javaFormat(
  pattern: string,
  kinds: readonly FormatKind[],
  values: readonly (string | null)[],
): string {
  let next = 0;
  return pattern.replace(SPECIFIER, (found, place, flags = '', widthText, precisionText, conversion) => {
    if (conversion === undefined) return fail(`Invalid format string: ${pattern}`);
    if (conversion === 'n' || conversion === '%') {
      if (found.length > 2)
        return fail(`format with ${found} is not in the verified list (docs/athena-sql.md)`);
      return conversion === 'n' ? '\n' : '%';
    }
    const index = place === undefined ? next++ : Number(place) - 1;
    const kind = kinds[index];
    if (kind === undefined) return fail(`Invalid format string: ${pattern} (Format specifier '${found}')`);
    const width = Number(widthText ?? 0);
    const precision = precisionText === undefined ? undefined : Number(precisionText);
    const text = formatOne(values[index]!, kind, conversion, flags, width, precision);
    return flags.includes('-') ? text.padEnd(width) : text.padStart(width);
  });
}
