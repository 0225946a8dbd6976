/** The hash by which a key is looked up: 48 bits, so that it is exact in a double and six bytes in a file. */

export const hashBytes = 6;

/**
 * Hash of a key's values. Two keys of one hash only cost a look into a table that does not hold the key: nothing is decided
 * only by a hash. With n keys stored and k looked up, k · n / 2⁴⁸ such looks are to be expected.
 */
export function keyHash(values: readonly string[]): number {
  // Two lanes of multiply and rotate, as in MurmurHash3, mixed at the end.
  let a = 0x9e3779b1;
  let b = 0x85ebca77;
  for (const value of values) {
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at);
      a = Math.imul(a ^ unit, 0x2c1b3c6d);
      b = Math.imul(b ^ unit, 0x297a2d39);
      a = (a << 13) | (a >>> 19);
      b = (b << 17) | (b >>> 15);
    }
    // Tells ('ab', 'c') from ('a', 'bc').
    a = Math.imul(a ^ 0x1f, 0x2c1b3c6d);
    b = Math.imul(b ^ 0x1f, 0x297a2d39);
  }
  a = Math.imul(a ^ (b >>> 15), 0x85ebca6b);
  b = Math.imul(b ^ (a >>> 13), 0xc2b2ae35);
  a ^= b >>> 16;
  b ^= a >>> 16;
  return (b & 0xffff) * 2 ** 32 + (a >>> 0);
}
