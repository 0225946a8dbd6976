/**
 * Approximate distinct counts: HyperLogLog with 4,096 registers (Flajolet et al., 2007), standard error 1.04/√4096 = 1.6 %.
 * Small sets are counted almost exactly by linear counting. Sketches of parts of a set give the sketch of the whole.
 */
const INDEX_BITS = 12;
const REGISTERS = 2 ** INDEX_BITS;
const ALPHA = 0.7213 / (1 + 1.079 / REGISTERS);

/** Relative standard error of `estimate`. */
export const STANDARD_ERROR = 1.04 / Math.sqrt(REGISTERS);

/** Register → the most leading zeros seen in it, plus one; registers that are zero are missing. */
export type Sketch = Map<number, number>;

/** Adds a value; true when the sketch has changed. */
export function addToSketch(sketch: Sketch, value: string): boolean {
  const index = murmur(value, INDEX_SEED) >>> (32 - INDEX_BITS);
  return raise(sketch, index, Math.clz32(murmur(value, RANK_SEED)) + 1);
}

/** Two seeds give two hashes that have nothing in common. */
const INDEX_SEED = 0x9747b28c;
const RANK_SEED = 0x3c6ef372;

/**
 * MurmurHash3 (x86, 32 bits; Appleby, public domain) over the UTF-16 code units of a text.
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp
 */
function murmur(text: string, seed: number): number {
  let hash = seed;
  const even = text.length & ~1;
  for (let at = 0; at < even; at += 2) {
    hash ^= mixed(text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16));
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  if (even < text.length) hash ^= mixed(text.charCodeAt(even));
  hash ^= text.length * 2;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function mixed(block: number): number {
  const spread = Math.imul(block, 0xcc9e2d51);
  return Math.imul((spread << 15) | (spread >>> 17), 0x1b873593);
}

function raise(sketch: Sketch, index: number, rank: number): boolean {
  if (rank <= (sketch.get(index) ?? 0)) return false;
  sketch.set(index, rank);
  return true;
}

/** Adds what the other sketch has seen. */
export function mergeSketch(into: Sketch, other: Sketch): void {
  for (const [index, rank] of other) raise(into, index, rank);
}

/** How many different values were added, about. */
export function estimate(sketch: Sketch): number {
  const empty = REGISTERS - sketch.size;
  let sum = empty;
  for (const rank of sketch.values()) sum += 2 ** -rank;
  const raw = (ALPHA * REGISTERS * REGISTERS) / sum;
  const counted = raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
  return Math.round(counted);
}

/** Three bytes per register while that is shorter, else a byte for each of the 4,096: at most 4 KiB. */
export function encodeSketch(sketch: Sketch): Uint8Array {
  if (sketch.size * 3 >= REGISTERS) {
    const dense = new Uint8Array(REGISTERS);
    for (const [index, rank] of sketch) dense[index] = rank;
    return dense;
  }
  const sparse = new Uint8Array(sketch.size * 3);
  let at = 0;
  for (const [index, rank] of sketch) {
    sparse[at++] = index >>> 8;
    sparse[at++] = index & 0xff;
    sparse[at++] = rank;
  }
  return sparse;
}

export function decodeSketch(bytes: Uint8Array): Sketch {
  const sketch: Sketch = new Map();
  if (bytes.length === REGISTERS) for (const [index, rank] of bytes.entries()) raise(sketch, index, rank);
  else
    for (let at = 0; at < bytes.length; at += 3)
      sketch.set((bytes[at]! << 8) | bytes[at + 1]!, bytes[at + 2]!);
  return sketch;
}
