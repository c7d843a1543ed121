import { setTimeout as wait } from 'node:timers/promises';
import { describeError } from './describe-error.ts';
import type { Log } from './log.ts';

export type ForeverOptions = {
  /** What `once` does, in words that follow "Cannot" in the log. */
  what: string;
  signal: AbortSignal;
  log: Pick<Log, 'warn'>;
};

/**
 * Runs `once` now, and again after a pause, until the signal aborts. A failure is logged and does not end the loop. The pause may
 * depend on how long the run took. Resolves when the last run is over: a worker that stops awaits this before it closes what the run uses.
 */
export async function forever(
  pauseSeconds: number | ((tookSeconds: number) => number),
  once: () => Promise<unknown>,
  { what, signal, log }: ForeverOptions,
): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    let failure: { error: unknown } | null = null;
    try {
      await once();
    } catch (error) {
      failure = { error };
    }
    const tookSeconds = (performance.now() - began) / 1000;
    const seconds = typeof pauseSeconds === 'number' ? pauseSeconds : pauseSeconds(tookSeconds);
    if (failure !== null && !signal.aborted) {
      const line = { event: 'loop_failed', ...describeError(failure.error) };
      log.warn(line, `Cannot ${what}, trying again in ${Math.round(seconds * 1000) / 1000} s`);
    }
    await wait(seconds * 1000, undefined, { signal, ref: false }).catch(() => {});
  }
}
