import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { readForget } from '@velolog/stream/forget-record';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { type DatabasePool, type DatabaseTransactionConnection, sql } from 'slonik';
import type { NotStoredCode } from '../codes.ts';
import { readPoll, UnreadableRecord } from '../decode/decode-poll.ts';
import { applyPoll } from '../memory/apply-poll.ts';
import { discardSealed } from '../memory/load/load-lanes.ts';
import { recallStations } from '../memory/load/load-stations.ts';
import { loadHistory, loadSystems } from '../memory/load/load-systems.ts';
import { noWrites, type PendingWrites } from '../memory/pending-writes.ts';
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
import { countRecords, type ReadRecord, type Refused } from './count-records.ts';
import type { DeadLetter, SendDeadLetters } from './letters/dead-letters.ts';
import { refusalsOf } from './letters/refusals.ts';

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
  const read =
    refusal === undefined ? readAll(messages, state.carries, letters) : refuseAll(messages, refusal, letters);
  await rememberSystems(context, state, read);
  const { writes, stored, refused } = await applyAll(context, state, read, letters);
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

function readAll(
  messages: KafkaMessage[],
  carries: Carries | undefined,
  letters: DeadLetter[],
): ReadRecord[] {
  const read: ReadRecord[] = [];
  for (const message of messages) {
    try {
      const decoded = readPoll(message);
      if (carries !== undefined && hasVehicleIds(decoded.poll.feed) !== (carries === 'vehicles'))
        throw new UnreadableRecord('wrong_topic');
      if (decoded.reason !== null) letters.push({ message, reason: decoded.reason, result: 'undecodable' });
      read.push({ message, decoded });
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      letters.push({ message, reason: error.reason, result: 'unreadable' });
    }
  }
  return read;
}

function refuseAll(messages: KafkaMessage[], reason: NotStoredCode, letters: DeadLetter[]): ReadRecord[] {
  for (const message of messages) letters.push({ message, reason, result: 'refused_by_database' });
  return [];
}

async function rememberSystems(
  context: StoreContext,
  state: PartitionState,
  read: ReadRecord[],
): Promise<void> {
  const unknown = new Set<string>();
  for (const { decoded } of read) {
    if (!state.systems.has(decoded.poll.system_id)) unknown.add(decoded.poll.system_id);
  }
  if (unknown.size > 0) {
    for (const [system_id, system] of await loadSystems(context.pool, [...unknown], state.carries))
      state.systems.set(system_id, system);
  }
  const imported = read.filter(
    ({ decoded }) => decoded.poll.imported && decoded.poll.feed === 'station_status',
  );
  const systems = new Set(imported.map(({ decoded }) => state.systems.get(decoded.poll.system_id)));
  await discardSealed(
    context.pool,
    [...systems].flatMap((system) => system?.feeds.get('station_status') ?? []),
  );
}

async function applyAll(
  context: StoreContext,
  state: PartitionState,
  read: ReadRecord[],
  letters: DeadLetter[],
): Promise<{ writes: PendingWrites; stored: ReadRecord[]; refused: Refused }> {
  const writes = noWrites();
  const stored: ReadRecord[] = [];
  const refused: Refused = { stale: 0, older_body: 0, unconfirmed: 0 };
  for (const { message, decoded } of read) {
    const system = state.systems.get(decoded.poll.system_id);
    if (system === undefined)
      throw new TypeError(`${decoded.poll.system_id} was forgotten while its records were stored`);
    const verdict = await applyPoll(
      system,
      decoded,
      writes,
      (feed, lane) => loadHistory(context.pool, feed, lane),
      (of, lane, station_ids) => recallStations(context.pool, of, lane, station_ids),
    );
    if (verdict === 'no_history') continue;
    if (system.system_key === 0) writes.systems.add(system);
    if (verdict === 'stale') {
      // An unreadable record is already in the letters and counted there.
      if (decoded.reason !== null) continue;
      refused.stale += 1;
      letters.push({ message, reason: verdict, result: 'stale' });
      continue;
    }
    stored.push({ message, decoded });
    if (verdict.error === 'last_updated_backwards') refused.older_body += 1;
    else if (verdict.error === 'unchanged_without_body') refused.unconfirmed += 1;
  }
  return { writes, stored, refused };
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
