import { setTimeout as wait } from 'node:timers/promises';
import type { EachBatchPayload } from '@velolog/stream/kafka/kafka-types';
import { backOff } from '@velolog/worker/back-off';
import { describeError } from '@velolog/worker/describe-error';
import type { ConsumeOptions } from './consume-options.ts';
import { causeOf } from './failure-cause.ts';

const RETRY_MS = { first: 100, longest: 5_000 };
/** Consecutive failed attempts in one batch. */
const attempts = new WeakMap<EachBatchPayload, number>();

/** Repeats work that fails for reasons outside the records, until it succeeds or the batch is no longer ours. */
export async function retrying<T>(
  options: ConsumeOptions,
  payload: EachBatchPayload,
  work: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await beforeRetry(options, payload, error);
    }
  }
}

/**
 * Waits 0.1 s, 0.2 s, … up to 5 s. Heartbeats continue during the wait, so that the group stays as it is while the
 * database is away. A heartbeat that throws means that the group has moved on: that error ends the batch.
 */
export async function beforeRetry(
  options: ConsumeOptions,
  payload: EachBatchPayload,
  error: unknown,
): Promise<void> {
  options.signal.throwIfAborted();
  const attempt = (attempts.get(payload) ?? 0) + 1;
  attempts.set(payload, attempt);
  const cause = causeOf(error);
  options.context.metrics.batch_failures_total.inc({ cause });
  options.log.warn(
    {
      event: 'records_not_stored',
      partition: payload.batch.partition,
      attempt,
      cause,
      ...describeError(error),
    },
    'Cannot store records, trying again',
  );
  await wait(backOff(attempt, RETRY_MS), undefined, { signal: options.signal });
  await payload.heartbeat();
  if (!payload.isRunning() || payload.isStale())
    throw new Error('The partition was revoked before its records could be stored', { cause: error });
}

export function succeeded(payload: EachBatchPayload): void {
  attempts.delete(payload);
}
