/**
 * Limits how many bytes of bodies are decoded and stored at once, over all partitions: each takes many times its size
 * in memory until it is committed. Bodies larger than `largeBytes` are processed one by one, in parallel with the
 * others, so that a slow large body does not delay small ones.
 */
export type BodyBudget = { hold<T>(bytes: number, work: () => Promise<T>): Promise<T> };

export function bodyBudget(bytesMax: number, largeBytes: number): BodyBudget {
  const small = lane(bytesMax);
  const large = lane(1);
  return {
    hold: async (bytes, work) => {
      const isLarge = bytes > largeBytes;
      const release = await (isLarge ? large(1) : small(bytes));
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}

/** First come, first served. A body that exceeds the whole budget goes alone. */
function lane(weightMax: number): (weight: number) => Promise<() => void> {
  let used = 0;
  const waiting: { weight: number; start: () => void }[] = [];
  const startNext = () => {
    for (let next = waiting[0]; next && (used === 0 || used + next.weight <= weightMax); next = waiting[0]) {
      waiting.shift();
      used += next.weight;
      next.start();
    }
  };
  return async (weight) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ weight, start: resolve });
    startNext();
    await promise;
    return () => {
      used -= weight;
      startNext();
    };
  };
}
