import { setTimeout as wait } from 'node:timers/promises';
import type { HealthServer } from '@velolog/metrics/server';
import { describeError } from '@velolog/worker/describe-error';
import type { Logger } from '@velolog/worker/logger';

/**
 * What a worker must end when it stops: first its loops, which watch `loopSignal`, then everything it opened, in reverse
 * order.
 */
export type Ending = {
  loops: Promise<void>[];
  loopSignal: AbortSignal;
  closing: (() => Promise<unknown>)[];
  end(): Promise<void>;
};

/** Part of the 10 s in which a worker stops. */
const LOOPS_MS_MAX = 2_000;

export function prepareEnding({
  health,
  signal,
  log,
}: {
  health: HealthServer;
  signal: AbortSignal;
  log: Logger;
}): Ending {
  const ending = new AbortController();
  const loops: Promise<void>[] = [];
  const closing: (() => Promise<unknown>)[] = [() => health.close()];
  return {
    loops,
    loopSignal: AbortSignal.any([signal, ending.signal]),
    closing,
    end: async () => {
      health.notReady('stopping');
      ending.abort();
      // Rolling up a day of a large system may take longer than a stop may; PostgreSQL rolls back what is cut off.
      await Promise.race([Promise.allSettled(loops), wait(LOOPS_MS_MAX, undefined, { ref: false })]);
      for (const close of closing.reverse()) {
        await close().catch((error) =>
          log.warn({ event: 'not_closed', ...describeError(error) }, 'Cannot close cleanly'),
        );
      }
    },
  };
}
