import { setTimeout as wait } from 'node:timers/promises';
import { describeError } from './describe-error.ts';

export type ForeverOptions = {
  /** What `once` does, as it stands after "Cannot". */
  what: string;
  signal: AbortSignal;
  log: { warn(details: object, message: string): void };
};

/**
 * Does `once` now, and again so many seconds after it is done, until the signal aborts. A failure is said and does not end it.
 * Resolves once the last run is over: whoever stops a worker awaits it before taking away what it uses.
 */
export async function forever(
  everySeconds: number,
  once: () => Promise<unknown>,
  { what, signal, log }: ForeverOptions,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await once();
    } catch (error) {
      if (!signal.aborted)
        log.warn(describeError(error), `Cannot ${what}, trying again in ${everySeconds} s`);
    }
    await wait(everySeconds * 1000, undefined, { signal, ref: false }).catch(() => {});
  }
}
