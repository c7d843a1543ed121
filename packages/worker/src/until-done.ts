import { setTimeout as wait } from 'node:timers/promises';
import { backOff } from './back-off.ts';
import { describeError } from './describe-error.ts';
import type { Log } from './log.ts';

export type UntilDoneOptions = {
  signal: AbortSignal;
  log: Pick<Log, 'warn'>;
  /** Throws when waiting will not help, with a message that says what to do. */
  check?: (error: unknown, what: string) => void;
};

const RETRY_MS = { first: 200, longest: 5_000 };

/** Repeats work until it succeeds, for work that fails while a server is unreachable. `what` follows "Cannot" in the log. */
export async function untilDone<T>(
  what: string,
  work: () => Promise<T>,
  { signal, log, check }: UntilDoneOptions,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      check?.(error, what);
      log.warn(
        { event: 'not_done_yet', attempt, ...describeError(error) },
        `Cannot ${what} yet, trying again`,
      );
      await wait(backOff(attempt, RETRY_MS), undefined, { signal });
    }
  }
}
