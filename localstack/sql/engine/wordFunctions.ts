/** Functions of text that DuckDB has no counterpart for: numbers in any base, sounds, durations, positions. */

const SOUNDS: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...'BFPV'].map((letter) => [letter, '1'])),
  ...Object.fromEntries([...'CGJKQSXZ'].map((letter) => [letter, '2'])),
  ...Object.fromEntries([...'DT'].map((letter) => [letter, '3'])),
  L: '4',
  M: '5',
  N: '5',
  R: '6',
};

/** American Soundex: H and W between letters of one sound do not part them. */
export function soundex(text: string): string {
  const letters = [...text].filter((c) => /\p{L}/u.test(c)).map((c) => c.toUpperCase());
  const strange = letters.find((letter) => !/^[A-Z]$/.test(letter));
  if (strange) throw new Error(`!The character is not mapped: ${strange}`);
  const [first] = letters;
  if (first === undefined) return '';
  let code = first;
  let last = SOUNDS[first] ?? '';
  for (const letter of letters.slice(1)) {
    if (letter === 'H' || letter === 'W') continue;
    const sound = SOUNDS[letter] ?? '';
    if (sound !== '' && sound !== last) code += sound;
    last = sound;
  }
  return code.slice(0, 4).padEnd(4, '0');
}

/** The check digit of card numbers. */
export function luhnCheck(text: string): boolean {
  if (text === '') return false;
  if (!/^[0-9]+$/.test(text)) throw new Error('!Input contains non-digit character');
  const sum = [...text].reverse().reduce((total, c, index) => {
    const doubled = Number(c) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

export function fromBase(text: string, radix: number): bigint {
  if (radix < 2 || radix > 36) throw new Error('!Radix must be between 2 and 36');
  const [, sign, digits = ''] = /^([+-]?)([0-9a-z]+)$/i.exec(text) ?? [];
  const values = Array.from(digits, (digit) => Number.parseInt(digit, 36));
  const size = values.reduce((total, value) => total * BigInt(radix) + BigInt(value), 0n);
  const value = sign === '-' ? -size : size;
  if (digits === '' || values.some((digit) => digit >= radix) || BigInt.asIntN(64, value) !== value)
    throw new Error(`!Not a valid base-${radix} number: ${text}`);
  return value;
}

/** Where the n-th occurrence begins, from 1; counted from the end where n is negative; 0 for none. */
export function position(text: string, needle: string, instance: bigint): bigint {
  if (instance === 0n) throw new Error("!'instance' must be a positive or negative number.");
  if (needle === '') return 1n;
  const forward = instance > 0n;
  let at = forward ? -1 : text.length;
  for (let left = forward ? instance : -instance; left > 0n; left--) {
    if (!forward && at === 0) return 0n;
    at = forward ? text.indexOf(needle, at + 1) : text.lastIndexOf(needle, at - 1);
    if (at < 0) return 0n;
  }
  return BigInt([...text.slice(0, at)].length + 1);
}

const SPANS = [
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

export function readableSeconds(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`!Invalid argument found: ${value}`);
  let rest = Math.floor(Math.abs(value) + 0.5);
  const parts: string[] = [];
  for (const [name, size] of SPANS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.join(', ') || '0 seconds';
}

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1e3,
  m: 6e4,
  h: 3.6e6,
  d: 8.64e7,
};

/** Milliseconds of `42.8ms` or `3.81 d`. */
export function parseDuration(text: string): bigint {
  const [, amount = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$/.exec(text) ?? [];
  const size = UNITS[unit];
  if (size === undefined) throw new Error(`!duration is not a valid data duration string: ${text}`);
  return BigInt(Math.floor(Number(amount) * size + 0.5));
}

/** Text of bytes; what is not UTF-8 becomes the replacement. */
export function decodeWith(bytes: Uint8Array, replacement: string): string {
  if ([...replacement].length > 1)
    throw new Error('!Replacement character string must empty or a single character');
  let text = '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  for (let at = 0; at < bytes.length; ) {
    const size = sequenceSize(bytes[at]!);
    let end = at + 1;
    while (end < at + size && end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++;
    text += tryDecode(decoder, bytes.subarray(at, end)) ?? replacement;
    at = end;
  }
  return text;
}

/** The bytes that a lead byte announces. */
const sequenceSize = (lead: number) =>
  lead < 0xc0
    ? 1
    : lead < 0xe0
      ? 2
      : lead < 0xf0
        ? 3
        : lead < 0xf8
          ? 4
          : lead < 0xfc
            ? 5
            : lead < 0xfe
              ? 6
              : 1;

function tryDecode(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    decoder.decode(bytes);
    return Buffer.from(bytes).toString('utf8');
  } catch (cause) {
    if (cause instanceof TypeError) return undefined;
    throw cause;
  }
}
