/** The decimal digits that java.text.DecimalFormat takes of a double: Trino casts floating numbers to text with them, and they are not always the shortest. */

export interface Digits {
  readonly digits: string;
  /** Of the first digit: 0 where it stands for ones. */
  readonly exponent: number;
  /** The digits are known to be the value itself; Java does not say so of whole numbers. */
  readonly exact: boolean;
  /** The last digit was rounded up. */
  readonly roundedUp: boolean;
}

/** Digits left out of a whole number by how many binary digits it is too long. */
const INSIGNIFICANT_DIGITS = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
/** Binary digits of 5^n. */
const FIVE_BITS = [
  0, 3, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28, 31, 33, 35, 38, 40, 42, 45, 47, 49, 52, 54, 56, 59, 61,
];
const fiveBits = (power: number) => FIVE_BITS[power] ?? power * 3;

const view = new DataView(new ArrayBuffer(8));

interface Parts {
  /** 53 bits, the highest one set. */
  readonly fraction: bigint;
  readonly binaryExponent: number;
  readonly significantBits: number;
}

function partsOf(magnitude: number): Parts {
  view.setFloat64(0, magnitude);
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  if (exponent > 0)
    return { fraction: fraction | (1n << 52n), binaryExponent: exponent - 1023, significantBits: 53 };
  const significantBits = fraction.toString(2).length;
  const shift = 53 - significantBits;
  return { fraction: fraction << BigInt(shift), binaryExponent: -1022 - shift, significantBits };
}

function wholeDigits(value: bigint, dropped: number): Digits {
  const unit = 10n ** BigInt(dropped);
  const up = dropped > 0 && value % unit >= unit / 2n;
  const text = String(value / unit + (up ? 1n : 0n));
  return {
    digits: text.replace(/0+$/, ''),
    exponent: text.length - 1 + dropped,
    exact: false,
    roundedUp: up,
  };
}

/** Adds one to the last digit; `99` becomes `10` with the exponent one higher. */
function roundUp(digits: string, exponent: number): { digits: string; exponent: number } {
  const raised = String(BigInt(digits) + 1n).padStart(digits.length, '0');
  return raised.length > digits.length
    ? { digits: raised.slice(0, -1), exponent: exponent + 1 }
    : { digits: raised, exponent };
}

/** jdk.internal.math.FloatingDecimal.BinaryToASCIIBuffer.dtoa, of a finite number above zero. */
export function javaDigits(magnitude: number): Digits {
  const { fraction, binaryExponent, significantBits } = partsOf(magnitude);
  const trailing = fraction.toString(2).match(/0*$/)![0].length;
  const fractionBits = 53 - trailing;
  const tiny = Math.max(0, fractionBits - binaryExponent - 1);
  if (tiny === 0 && binaryExponent <= 62 && binaryExponent >= -21 && fractionBits < 64) {
    const value =
      binaryExponent >= 52
        ? fraction << BigInt(binaryExponent - 52)
        : fraction >> BigInt(52 - binaryExponent);
    const excess = binaryExponent > significantBits ? binaryExponent - significantBits - 1 : 0;
    return wholeDigits(value, INSIGNIFICANT_DIGITS[excess] ?? 0);
  }
  const mantissa = 1 + Number(fraction & ((1n << 52n) - 1n)) / 2 ** 52;
  let exponent = Math.floor(
    (mantissa - 1.5) * 0.289529654 + 0.176091259 + binaryExponent * 0.301029995663981,
  );
  const b5 = Math.max(0, -exponent);
  const s5 = Math.max(0, exponent);
  let b2 = b5 + tiny + binaryExponent;
  let s2 = s5 + tiny;
  let m2 = b2 - significantBits;
  b2 -= fractionBits - 1;
  const common = Math.min(b2, s2);
  b2 -= common;
  s2 -= common;
  m2 -= common;
  // The next number below a power of two is half as far away.
  if (fractionBits === 1) m2--;
  if (m2 < 0) {
    b2 -= m2;
    s2 -= m2;
    m2 = 0;
  }
  // FloatingDecimal computes small numbers in int or long, and ends a tie there one digit later.
  const small = fractionBits + b2 + fiveBits(b5) < 64 && s2 + 1 + fiveBits(s5 + 1) < 64;
  const s = (5n ** BigInt(s5)) << BigInt(s2);
  let b = ((fraction >> BigInt(trailing)) * 5n ** BigInt(b5)) << BigInt(b2);
  let m = (5n ** BigInt(b5)) << BigInt(m2);
  const tens = s * 10n;
  let digits = '';
  let low = false;
  let high = false;
  const step = () => {
    const digit = b / s;
    b = (b % s) * 10n;
    m *= 10n;
    low = b < m;
    high = small ? b + m > tens : b + m >= tens;
    return digit;
  };
  const first = step();
  if (first === 0n && !high) exponent--;
  else digits += first;
  if (exponent < -3 || exponent >= 8) low = high = false;
  while (!low && !high) digits += step();
  const above = b * 2n - tens;
  const up = high && (!low || above > 0n || (above === 0n && Number(digits.at(-1)) % 2 === 1));
  const exact = b === 0n;
  return { ...(up ? roundUp(digits, exponent) : { digits, exponent }), exact, roundedUp: up };
}

/** At most so many digits, half to even on the value itself: java.text.DigitList. */
export function limitDigits(found: Digits, most: number): { digits: string; exponent: number } {
  const { digits, exponent } = found;
  if (digits.length <= most) return found;
  const next = digits[most]!;
  const rest = digits.slice(most + 1);
  const kept = digits.slice(0, most);
  const tieUp = found.roundedUp ? false : !found.exact || Number(kept.at(-1)) % 2 === 1;
  const up = next > '5' || (next === '5' && (rest === '' ? tieUp : /[1-9]/.test(rest)));
  return up ? roundUp(kept, exponent) : { digits: kept, exponent };
}
