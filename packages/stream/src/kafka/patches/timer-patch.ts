import { patchKafkajs } from './patch-kafkajs.ts';

type RequestQueue = {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
};

const CHECK_INTERVAL_MS = 10;

/**
 * Replaces the method of kafkajs 2.2.4 that makes every connection re-arm a 1 ms timer forever (throttledUntil starts at -1, so the wait is
 * always negative). That costs 7 % of a core for an idle producer and consumer, and a TimeoutNegativeWarning on Node 24 and newer.
 * kafkajs issues #1556, #1704, #1751; there has been no release since February 2023.
 * @returns why the patch was not applied, when this is not the kafkajs that it was written for; undefined when it was applied
 */
export function applyTimerPatch(requestQueueClass?: unknown): string | undefined {
  return patchKafkajs(
    {
      module: 'network/requestQueue',
      className: 'RequestQueue',
      method: 'scheduleCheckPendingRequests',
      reliedOn: RELIED_ON,
      replacement: () => scheduleCheckPendingRequests,
    },
    requestQueueClass,
  );
}

const RELIED_ON = [
  'this.throttledUntil - Date.now()',
  'this.throttleCheckTimeoutId',
  'this.pending.length',
  'this.checkPendingRequests()',
];

// Same as the original except for the first line: with nothing pending there is nothing to check, and push() schedules again.
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const waitMs = Math.max(this.throttledUntil - Date.now(), CHECK_INTERVAL_MS);
  this.throttleCheckTimeoutId = setTimeout(() => {
    this.throttleCheckTimeoutId = null;
    this.checkPendingRequests();
  }, waitMs);
}
