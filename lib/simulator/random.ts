/** Seeded randomness and the few distributions a simulated business needs, so that a seed gives the same world everywhere. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [low, high]. */
  integer(low: number, high: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Index drawn in proportion to the weights. */
  weighted(weights: readonly number[]): number;
  /** Exponential with this mean. */
  exponential(mean: number): number;
  /** An independent generator, so that one part's draws do not shift another's. */
  fork(label: string): Random;
}

/** FNV-1a over UTF-16 units: spreads a label and a seed into 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** sfc32 (PractRand's small fast counter, 128 bits of state), seeded by label. */
export function createRandom(seed: string | number): Random {
  const label = String(seed);
  let a = hash(`${label}/a`);
  let b = hash(`${label}/b`);
  let c = hash(`${label}/c`);
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();

  return {
    next,
    integer: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)]!,
    weighted(weights) {
      let rest = next() * weights.reduce((sum, weight) => sum + weight, 0);
      for (let i = 0; i < weights.length; i++) {
        rest -= weights[i]!;
        if (rest < 0) return i;
      }
      return weights.length - 1;
    },
    exponential: (mean) => -mean * Math.log(1 - next()),
    fork: (part) => createRandom(`${label}/${part}`),
  };
}

/** Draws indexes 0 … size-1 by Zipf's law: the n-th most popular is drawn in proportion to n^-exponent. */
export function popularity(size: number, exponent: number, random: Random): () => number {
  const cumulative = new Float64Array(size);
  let total = 0;
  for (let i = 0; i < size; i++) {
    total += (i + 1) ** -exponent;
    cumulative[i] = total;
  }
  return () => {
    const target = random.next() * total;
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! > target) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
