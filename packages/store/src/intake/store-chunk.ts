import type { EachBatchPayload, KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { describeError } from '@velolog/worker/describe-error';
import type { NotStoredCode } from '../codes.ts';
import { bodyBudget } from '../memory/body-budget.ts';
import { storesProbe } from '../tables/probe-writes.ts';
import type { ConsumeOptions, OwnPartition } from './consume-options.ts';
import { BYTES_PER_TRANSACTION_MAX, bytesOf, isSlow } from './cut-chunk.ts';
import { causeOf, type FailureCause } from './failure-cause.ts';
import { beforeRetry } from './retry.ts';
import { forget, storeRecords } from './store-records.ts';

/** Shared by all consumers of this process: three transactions of the usual maximum, and one large body beside them. */
const budget = bodyBudget(3 * BYTES_PER_TRANSACTION_MAX, BYTES_PER_TRANSACTION_MAX);

/** The limit for a record of a system that was too slow before; otherwise the pool's own limit applies. */
const SLOW_TIMEOUT_MS = 5_000;

/**
 * After this many consecutive records that failed for no known reason, with none stored in between, the fault is not in
 * the records. Then the partition stops, which /livez shows, rather than moving the whole topic into the dead letters.
 */
const UNEXPLAINED_MAX = 10;
let unexplained = 0;

/**
 * Stores a chunk of records that starts at the position. If it fails for a reason that may lie in a record, the records
 * are stored one at a time: the one that fails alone repeatedly goes to the dead letters, the others are stored. If it
 * fails for a reason outside the records, it waits. A record is blamed for a time-out, or for a mistake of ours, only
 * if the database worked before it and after it.
 * @returns false when the position must be looked at again; `state.care` then says how to continue
 */
export async function storeChunk(
  options: ConsumeOptions,
  state: OwnPartition,
  payload: EachBatchPayload,
  chunk: KafkaMessage[],
  next: bigint,
): Promise<boolean> {
  const { care } = state;
  const isSuspect = chunk.some((message) => isSlow(message, care));
  try {
    await budget.hold(bytesOf(chunk), () =>
      storeRecords(options.context, state, chunk, {
        next,
        ...(care.refusal !== null && { refusal: care.refusal }),
        ...(isSuspect && { statementTimeoutMs: SLOW_TIMEOUT_MS }),
      }),
    );
  } catch (error) {
    // It may be unknown whether the transaction was committed: the position in the database tells.
    forget(state);
    await afterFailure(options, state, payload, chunk, error);
    return false;
  }
  if (care.refusal === null) {
    unexplained = 0;
    for (const { key } of chunk) care.slow.delete(String(key));
  }
  care.alone = Math.max(0, care.alone - chunk.length);
  care.strikes = 0;
  care.wasWell = true;
  care.refusal = null;
  return true;
}

async function afterFailure(
  options: ConsumeOptions,
  state: OwnPartition,
  payload: EachBatchPayload,
  chunk: KafkaMessage[],
  error: unknown,
): Promise<void> {
  const { care } = state;
  const cause = causeOf(error);
  const [first] = chunk;
  if (cause === 'position_moved') {
    options.context.metrics.batch_failures_total.inc({ cause });
    options.log.warn({ event: 'partition_taken_over', partition: state.partition }, (error as Error).message);
    return;
  }
  const refusal = REFUSALS[cause];
  if (first === undefined || refusal === undefined || care.refusal !== null) {
    await beforeRetry(options, payload, error);
    return;
  }
  options.context.metrics.batch_failures_total.inc({ cause });
  // A month that another worker has dropped, but that this one believes to exist, fails like an invalid value.
  options.context.months.known.clear();
  if (chunk.length > 1) {
    care.alone = chunk.length;
    return;
  }
  care.alone = Math.max(1, care.alone);
  care.strikes += 1;
  if (care.strikes < 2 && !isSlow(first, care)) return;
  if (cause !== 'refused') {
    const { wasWell } = care;
    care.wasWell = unexplained < UNEXPLAINED_MAX && (await storesProbe(options.context));
    if (!care.wasWell) {
      await beforeRetry(options, payload, error);
      return;
    }
    // The database may have recovered just now: then the record was not the cause, and its next attempt shows it.
    if (!wasWell) return;
    if (cause === 'statement_timeout') care.slow.add(String(first.key));
    else unexplained += 1;
  }
  care.refusal = refusal;
  options.log.warn(
    {
      event: 'record_refused',
      partition: state.partition,
      offset: first.offset,
      system: String(first.key),
      dlreason: refusal,
      ...describeError(error),
    },
    'A record cannot be stored: it goes to the dead letters',
  );
}

/** The reasons of dead letters for causes that may lie in a record. */
const REFUSALS: Partial<Record<FailureCause, NotStoredCode>> = {
  refused: 'refused_by_database',
  statement_timeout: 'too_slow_for_database',
  unexpected: 'unexpected_error',
};
