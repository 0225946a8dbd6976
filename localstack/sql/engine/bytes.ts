/** Hashes and encodings of bytes that DuckDB has no counterpart for. */
import { createHmac } from 'node:crypto';

/** Java takes no empty key. */
export function hmac(value: Uint8Array, key: Uint8Array, hash: string): Buffer {
  if (key.length === 0) throw new Error('!Empty key');
  return createHmac(hash, key).update(value).digest();
}

const MASK = (1n << 64n) - 1n;
const PRIMES = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
] as const;
const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK;
const round = (sum: bigint, word: bigint) =>
  (rotate((sum + word * PRIMES[1]) & MASK, 31n) * PRIMES[0]) & MASK;

/** XXH64 with seed 0, its bytes from the highest down. */
export function xxhash64(bytes: Uint8Array): Buffer {
  const data = Buffer.from(bytes);
  let at = 0;
  let hash: bigint;
  if (data.length >= 32) {
    let lanes = [(PRIMES[0] + PRIMES[1]) & MASK, PRIMES[1], 0n, (MASK + 1n - PRIMES[0]) & MASK];
    for (; at + 32 <= data.length; at += 32)
      lanes = lanes.map((lane, index) => round(lane, data.readBigUInt64LE(at + 8 * index)));
    hash = lanes.reduce((sum, lane, index) => (sum + rotate(lane, [1n, 7n, 12n, 18n][index]!)) & MASK, 0n);
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * PRIMES[0] + PRIMES[3]) & MASK;
  } else hash = PRIMES[4];
  hash = (hash + BigInt(data.length)) & MASK;
  for (; at + 8 <= data.length; at += 8)
    hash = (rotate(hash ^ round(0n, data.readBigUInt64LE(at)), 27n) * PRIMES[0] + PRIMES[3]) & MASK;
  if (at + 4 <= data.length) {
    hash ^= (BigInt(data.readUInt32LE(at)) * PRIMES[0]) & MASK;
    hash = (rotate(hash, 23n) * PRIMES[1] + PRIMES[2]) & MASK;
    at += 4;
  }
  for (; at < data.length; at++)
    hash = (rotate(hash ^ ((BigInt(data[at]!) * PRIMES[4]) & MASK), 11n) * PRIMES[0]) & MASK;
  hash = ((hash ^ (hash >> 33n)) * PRIMES[1]) & MASK;
  hash = ((hash ^ (hash >> 29n)) * PRIMES[2]) & MASK;
  const result = Buffer.alloc(8);
  result.writeBigUInt64BE(hash ^ (hash >> 32n));
  return result;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export function toBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)]);
  return digits.join('').padEnd(Math.ceil(digits.length / 8) * 8, '=');
}

/** Undefined for text that is not base 32. */
export function fromBase32(text: string): Buffer | undefined {
  const digits = text.replace(/=+$/, '');
  if (!/^[A-Z2-7]*$/.test(digits) || [1, 3, 6].includes(digits.length % 8)) return undefined;
  const bits = Array.from(digits, (digit) => BASE32.indexOf(digit).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)));
}

export function toBigEndian(value: bigint, size: number): Buffer {
  const result = Buffer.alloc(8);
  result.writeBigInt64BE(value);
  return result.subarray(8 - size);
}

export function fromBigEndian(bytes: Uint8Array, size: number): bigint {
  const data = Buffer.from(bytes);
  return size === 4 ? BigInt(data.readInt32BE()) : data.readBigInt64BE();
}

export function toIeee754(value: number, size: number): Buffer {
  const result = Buffer.alloc(size);
  if (size === 4) result.writeFloatBE(value);
  else result.writeDoubleBE(value);
  return result;
}

export function fromIeee754(bytes: Uint8Array, size: number): number {
  const data = Buffer.from(bytes);
  return size === 4 ? data.readFloatBE() : data.readDoubleBE();
}
