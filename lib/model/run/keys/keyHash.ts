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

/** Fewer are sorted quickly in any way. */
const fewHashes = 4096;
/** Hashes of a bucket, where all are as evenly spread as hashes are. */
const bucketHashes = 4;
/** A larger bucket, which only keys that are not hashes give, is not sorted by insertion. */
const largeBucket = 64;

/** The hashes in ascending order. They are evenly spread, so that each one's first bits nearly tell its place. */
export function sortHashes(hashes: Float64Array): Float64Array {
  if (hashes.length < fewHashes) return hashes.sort();
  const buckets = 2 ** Math.floor(Math.log2(hashes.length / bucketHashes));
  const scale = buckets / 2 ** (8 * hashBytes);
  const ends = new Uint32Array(buckets);
  for (const hash of hashes) ends[(hash * scale) >>> 0]!++;
  for (let at = 1; at < buckets; at++) ends[at] = (ends[at] as number) + (ends[at - 1] as number);
  const sorted = new Float64Array(hashes.length);
  const starts = ends.slice();
  for (const hash of hashes) {
    const bucket = (hash * scale) >>> 0;
    const at = (starts[bucket] as number) - 1;
    starts[bucket] = at;
    sorted[at] = hash;
  }
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [from, to] = [starts[bucket] as number, ends[bucket] as number];
    if (to - from > largeBucket) sorted.subarray(from, to).sort();
    else insertionSort(sorted, from, to);
  }
  return sorted;
}

function insertionSort(values: Float64Array, from: number, to: number): void {
  for (let next = from + 1; next < to; next++) {
    const value = values[next] as number;
    let at = next;
    for (; at > from && (values[at - 1] as number) > value; at--) values[at] = values[at - 1] as number;
    values[at] = value;
  }
}
