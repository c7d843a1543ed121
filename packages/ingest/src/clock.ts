/**
 * Where ingest reads the time. A test can replace it and let an hour pass in seconds, so the loops of ingest wait by it, and not with
 * `forever` of packages/worker, which waits in real time.
 */
export type Clock = {
  /** Monotonic milliseconds, for all waiting: setting the wall clock back must not prolong a wait. */
  nowMs(): number;
  /** Epoch milliseconds, for recorded times and for dates that publishers send. */
  epochMs(): number;
  /** Calls `run` after `ms` milliseconds; the returned function cancels the call. */
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

/** Rejects with the signal's reason if the signal aborts first. */
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
