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

/** Of all consumers of this process: three transactions of the usual most, and beside them one large body. */
const budget = bodyBudget(3 * BYTES_PER_TRANSACTION_MAX, BYTES_PER_TRANSACTION_MAX);

/** A record of a system that was too slow before gets so long; else the pool's own limit holds. */
const SLOW_TIMEOUT_MS = 5_000;

/**
 * After so many records in a row that failed for no reason known, with none stored in between, the fault is not in
 * the records: then it stands still, which /livez shows, rather than empty the topic into the dead letters.
 */
const UNEXPLAINED_MAX = 10;
let unexplained = 0;

/**
 * Stores a chunk of records that start at the position. When it fails for what may lie in a record, the records are stored
 * one at a time, and the one that fails alone and again goes to the dead letters; the others are stored. When it
 * fails for what lies around them, it waits. A record is to blame for a time-out, or for a mistake of ours, only when the
 * database was well before it and after it.
 * Returns false when the position has to be looked at again; then `state.care` says how to go on.
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
    // Whether the transaction was committed may not be known: the position in the database tells.
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
  // A month that another worker has dropped, and this one believes to be there, fails like a value that cannot be.
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
    // The database may have got well just now: then the record was not the cause, and its next attempt shows it.
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

/** The reasons of dead letters for what may lie in a record. */
const REFUSALS: Partial<Record<FailureCause, NotStoredCode>> = {
  refused: 'refused_by_database',
  statement_timeout: 'too_slow_for_database',
  unexpected: 'unexpected_error',
};
