import { setTimeout } from 'node:timers/promises';
import type { Check } from './check.ts';

const WAIT_MS = 10;

/**
 * A check for /livez: fails when a short timer is late because something keeps the event loop busy for that long.
 * (A loop that is stuck forever does not answer /livez at all.)
 */
export function eventLoopCheck(lagMsMax = 5_000): Check {
  return {
    name: 'event-loop',
    run: async (signal) => {
      const startedAt = performance.now();
      await setTimeout(WAIT_MS, undefined, { signal });
      const lagMs = performance.now() - startedAt - WAIT_MS;
      if (lagMs > lagMsMax) throw new Error(`the event loop is ${Math.round(lagMs)} ms late`);
    },
  };
}
