/** The 32-bit Murmur3 hash (x86 variant, seed 0) that Iceberg's bucket transform is defined by. https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements */

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
const scramble = (block: number) => Math.imul(rotate(Math.imul(block, C1), 15), C2);

/** Signed 32-bit hash of the bytes. */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tail = bytes.length & ~3;
  let hash = 0;
  for (let at = 0; at < tail; at += 4) {
    hash = rotate(hash ^ scramble(view.getInt32(at, true)), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= tail; at--) rest = (rest << 8) | bytes[at]!;
  if (bytes.length > tail) hash ^= scramble(rest);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
