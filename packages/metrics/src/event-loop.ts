import { setTimeout } from 'node:timers/promises';
import type { Check } from './check.ts';

const WAIT_MS = 10;

/**
 * For /livez: fails when a short timer comes late, that is when something keeps the event loop busy for that long at a time.
 * (A loop that is stuck for good does not answer /livez at all.)
 */
export function eventLoopCheck(lagMsMax = 1_000): Check {
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
