/** Where ingest takes its time from, so that a test can let an hour pass in seconds. */
export type Clock = {
  /** Monotonic milliseconds, for everything that waits: a wall clock that is set back must not make us wait for as long. */
  nowMs(): number;
  /** Epoch milliseconds, for what is recorded and what a publisher says in dates. */
  epochMs(): number;
  /** Calls `run` after so many milliseconds; the returned function cancels that. */
  after(ms: number, run: () => void): () => void;
};

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** Rejects with the reason of the signal when that comes first. */
export async function waitFor(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const callOff = clock.after(ms, resolve);
  const stop = (): void => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await promise;
  } finally {
    callOff();
    signal.removeEventListener('abort', stop);
  }
}
