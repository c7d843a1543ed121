import { readForget } from '@velolog/stream/forget-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import type { NotStoredCode } from '../codes.ts';
import type { PendingWrites } from '../memory/pending-writes.ts';
import { letGoOfAbsent } from '../memory/station-memory.ts';
import type { Carries, SystemState } from '../memory/system-state.ts';
import { forgetSeries, type StoreMetrics } from '../metrics.ts';
import { forgetSystem } from '../tables/forget-system.ts';
import { movePosition, type Partition } from '../tables/kafka-position.ts';
import { type MonthPartitions, type MonthTable, makeMonthsOf } from '../tables/month-partitions.ts';
import { tellReaders } from '../tables/tell-readers.ts';
import { writeCoverage } from '../tables/write-coverage.ts';
import { writeDocuments } from '../tables/write-documents.ts';
import { writeIdentities } from '../tables/write-identities.ts';
import { writeInformation } from '../tables/write-information.ts';
import { writeRefusals } from '../tables/write-refusals.ts';
import { writeStationTypes } from '../tables/write-station-types.ts';
import { writeStatus } from '../tables/write-status.ts';
import { writeSummaries } from '../tables/write-summaries.ts';
import { writeVehicles } from '../tables/write-vehicles.ts';
import type { DeadLetter, SendDeadLetters } from './letters/dead-letters.ts';
import { refusalsOf } from './letters/refusals.ts';
import { applyAll, readHeaders, refuseAll, rememberSystems } from './records/apply-records.ts';
import { countRecords } from './records/count-records.ts';

/** What storing needs; the same for all partitions. */
export type StoreContext = {
  pool: DatabasePool;
  sendDeadLetters: SendDeadLetters;
  metrics: StoreMetrics;
  months: MonthPartitions;
  /** Called with the worker's current point, so that a test can make it fail there. */
  passing?: (point: 'before_transaction' | 'in_transaction' | 'after_commit') => Promise<void> | void;
};

/**
 * What a worker keeps of one partition. `expected` is the offset of the next record according to the database; null
 * when it has not been read: at first, and after any error (see forget).
 */
export type PartitionState = Partition & {
  /** The topic that `expected` refers to; forget keeps it. */
  topic_id?: string | null;
  /** Of the last stored record. */
  leader_epoch?: number | null;
  expected: bigint | null;
  /** Which feeds its topic carries; all when undefined. */
  carries?: Carries;
  systems: Map<string, SystemState>;
};

/** Memory may no longer agree with the tables: position and states are read again before the next record. */
export function forget(state: PartitionState): void {
  state.expected = null;
  state.systems.clear();
}

export type StoreRecordsOptions = {
  /** The position after the records, if more than their own offsets is passed. */
  next?: bigint;
  /** Why these records cannot be stored: they go to the dead letters instead. */
  refusal?: NotStoredCode;
  /** Shorter than the pool's statement timeout. */
  statementTimeoutMs?: number;
};

/**
 * Stores a run of records of one partition, starting at `state.expected`, together with the position after them in one
 * transaction. On any error nothing is stored and the state is forgotten.
 */
export async function storeRecords(
  context: StoreContext,
  state: PartitionState,
  messages: KafkaMessage[],
  options: StoreRecordsOptions = {},
): Promise<void> {
  const { expected } = state;
  const last = messages.at(-1);
  if (expected === null || last === undefined)
    throw new TypeError('storeRecords needs an open partition and records');
  const stop = context.metrics.batch_seconds.startTimer();
  const position = {
    expected,
    next: options.next ?? BigInt(last.offset) + 1n,
    leader_epoch: leaderEpochOf(last),
  };
  try {
    const forgotten = options.refusal === undefined ? systemToForget(messages) : null;
    if (forgotten !== null) await forgetOne(context, state, forgotten, position);
    else await storePolls(context, state, messages, position, options);
  } catch (error) {
    forget(state);
    // Another worker may have dropped a month that this one remembers.
    context.months.known.clear();
    throw error;
  }
  stop();
  await context.passing?.('after_commit');
}

/** Where a run of records begins and ends. */
type Move = { expected: bigint; next: bigint; leader_epoch: number | null };

async function storePolls(
  context: StoreContext,
  state: PartitionState,
  messages: KafkaMessage[],
  move: Move,
  { refusal, statementTimeoutMs }: StoreRecordsOptions,
): Promise<void> {
  const letters: DeadLetter[] = [];
  const readable =
    refusal === undefined
      ? readHeaders(messages, state.carries, letters)
      : refuseAll(messages, refusal, letters);
  await rememberSystems(context.pool, state, readable);
  const { writes, read, stored, refused } = await applyAll(context.pool, state, readable, letters);
  const refusals = refusalsOf(letters, stored);
  await context.sendDeadLetters(state, letters);
  for (const [table, times] of timesOf(writes))
    await makeMonthsOf(context.pool, context.months, table, times);
  await context.passing?.('before_transaction');
  await commit(context, state, move, async (transaction) => {
    if (statementTimeoutMs !== undefined) await limitStatements(transaction, statementTimeoutMs);
    await writeIdentities(transaction, writes);
    await writeStatus(transaction, writes);
    await writeStationTypes(transaction, writes);
    await writeVehicles(transaction, writes);
    await context.passing?.('in_transaction');
    await writeCoverage(transaction, writes);
    await writeRefusals(transaction, refusals);
    await writeInformation(transaction, writes);
    await writeDocuments(transaction, writes);
    await writeSummaries(transaction, writes);
    await tellReaders(transaction, writes, refusals);
  });
  dropIdleHistory(writes);
  settleVehicles(writes);
  for (const { live } of writes.feeds) if (live !== null) letGoOfAbsent(live);
  countRecords(context.metrics, read, writes, letters, refused);
}

/**
 * The system of a record that says to forget one. Such a record is a run of its own (cutChunk): the records before it
 * must already be in the tables, and the records after it must not meet the old memory.
 */
function systemToForget(messages: KafkaMessage[]): string | null {
  const [system_id = null] = messages.map(readForget).filter((id) => id !== null);
  if (system_id !== null && messages.length > 1)
    throw new TypeError('A record that says to forget a system is stored by itself');
  return system_id;
}

async function forgetOne(
  context: StoreContext,
  state: PartitionState,
  system_id: string,
  move: Move,
): Promise<void> {
  await context.passing?.('before_transaction');
  await commit(context, state, move, async (transaction) => {
    await forgetSystem(transaction, system_id, state.carries);
    await context.passing?.('in_transaction');
  });
  state.systems.delete(system_id);
  context.metrics.records_total.inc({ result: 'forgotten' });
  await forgetSeries(context.metrics, system_id);
}

async function commit(
  { pool }: StoreContext,
  state: PartitionState,
  { expected, next, leader_epoch }: Move,
  write: (transaction: DatabaseTransactionConnection) => Promise<void>,
): Promise<void> {
  await pool.transaction(async (transaction) => {
    await movePosition(transaction, { ...state, leader_epoch }, expected, next);
    await write(transaction);
  });
  Object.assign(state, { expected: next, leader_epoch: leader_epoch ?? state.leader_epoch ?? null });
}

/** The leader epoch in which Kafka accepted the record; null for a record that did not come from Kafka. */
export function leaderEpochOf(message: KafkaMessage): number | null {
  const { batchContext } = message as { batchContext?: { partitionLeaderEpoch?: number } };
  return batchContext?.partitionLeaderEpoch ?? null;
}

async function limitStatements(transaction: DatabaseTransactionConnection, ms: number): Promise<void> {
  await transaction.query(sql.unsafe`set local statement_timeout = ${sql.literalValue(`${ms}ms`)}`);
}

/** Only the history lanes that the last records touched keep their stations in memory. */
function dropIdleHistory(writes: PendingWrites): void {
  for (const feed of new Set(writes.lanes.values())) {
    for (const history of feed.history) {
      if (history.state !== null && !writes.lanes.has(history.state.lane)) history.state = null;
    }
  }
}

/** The rows of these vehicles are written, so they are packed until the next poll. */
function settleVehicles(writes: PendingWrites): void {
  for (const { live, history } of new Set(writes.lanes.values())) {
    live?.vehicles.settle();
    for (const { state } of history) state?.vehicles.settle();
  }
}

/** When the new rows of each table with months begin. */
function timesOf(writes: PendingWrites): [MonthTable, Iterable<number>][] {
  return [
    ['station_status', writes.status.map((row) => row.observed_at)],
    ['station_type_status', writes.typeStatus.map((row) => row.observed_at)],
    ['vehicle_stay', Array.from(writes.stays.keys(), (stay) => stay.from_at)],
  ];
}
