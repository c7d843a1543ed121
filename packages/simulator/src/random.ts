/** A repeatable source of numbers: the same seed gives the same sequence on every machine. */
export type Random = {
  /** A number from 0 (included) to 1 (excluded). */
  next: () => number;
  /** A whole number from 0 (included) to `limit` (excluded). */
  below: (limit: number) => number;
  /** A Poisson-distributed number of events with this mean. */
  poisson: (mean: number) => number;
  /** A normally distributed number with mean 0 and standard deviation 1. */
  normal: () => number;
};

/** xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it), seeded from all parts through splitmix32. */
export function createRandom(...seed: (string | number)[]): Random {
  const next = xoshiro(hashText(seed.join('/')));
  const below = (limit: number) => Math.floor(next() * limit);
  const poisson = (mean: number): number => {
    // Knuth's product underflows near exp(-745), so a large mean is split.
    if (mean > 300) return poisson(mean / 2) + poisson(mean / 2);
    const floor = Math.exp(-mean);
    let events = -1;
    for (let product = 1; product > floor; product *= next()) events++;
    return Math.max(events, 0);
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return { next, below, poisson, normal };
}

/** Running sums of weights, for `pickWeighted`. */
export function runningSums(weights: Iterable<number>): Float64Array {
  const sums = Float64Array.from(weights);
  for (let index = 1; index < sums.length; index++) sums[index] = (sums[index] ?? 0) + (sums[index - 1] ?? 0);
  return sums;
}

/** Draws an index with a probability proportional to its weight. */
export function pickWeighted(random: Random, sums: Float64Array): number {
  const wanted = random.next() * (sums[sums.length - 1] ?? 0);
  let low = 0;
  let high = sums.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** FNV-1a, 32 bits. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

function xoshiro(seed: number): () => number {
  const split = splitmix(seed);
  let [a, b, c, d] = [split(), split(), split(), split()];
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 2 ** 32;
  };
}

function splitmix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) | 0;
  };
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
