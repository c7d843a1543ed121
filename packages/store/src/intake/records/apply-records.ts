import { hasVehicleIds } from '@velolog/gbfs/feeds';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { DatabasePool } from 'slonik';
import type { NotStoredCode } from '../../codes.ts';
import {
  decodePollBody,
  type PollHeaders,
  readPollHeaders,
  UnreadableRecord,
} from '../../decode/decode-poll.ts';
import { applyPoll } from '../../memory/apply-poll.ts';
import { discardIdle } from '../../memory/load/discard-idle.ts';
import { discardSealed } from '../../memory/load/load-lanes.ts';
import { recallStations } from '../../memory/load/load-stations.ts';
import { loadHistory, loadSystems } from '../../memory/load/load-systems.ts';
import { noWrites, type PendingWrites } from '../../memory/pending-writes.ts';
import type { Carries, SystemState } from '../../memory/system-state.ts';
import type { DeadLetter } from '../letters/dead-letters.ts';
import { type ReadRecord, type Refused, readRecord } from './count-records.ts';

/** What a worker remembers of the systems of one partition; `carries` is undefined when its topic carries all feeds. */
type Remembered = { systems: Map<string, SystemState>; carries?: Carries };

/** A record whose headers could be read. */
export type Readable = { message: KafkaMessage; headers: PollHeaders };

export function readHeaders(
  messages: KafkaMessage[],
  carries: Carries | undefined,
  letters: DeadLetter[],
): Readable[] {
  const readable: Readable[] = [];
  for (const message of messages) {
    try {
      const headers = readPollHeaders(message);
      if (carries !== undefined && hasVehicleIds(headers.poll.feed) !== (carries === 'vehicles'))
        throw new UnreadableRecord('wrong_topic');
      readable.push({ message, headers });
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      letters.push({ message, reason: error.reason, result: 'unreadable' });
    }
  }
  return readable;
}

export function refuseAll(
  messages: KafkaMessage[],
  reason: NotStoredCode,
  letters: DeadLetter[],
): Readable[] {
  for (const message of messages) letters.push({ message, reason, result: 'refused_by_database' });
  return [];
}

export async function rememberSystems(
  pool: DatabasePool,
  { systems, carries }: Remembered,
  readable: Readable[],
): Promise<void> {
  await discardIdle(pool, systems, readable);
  const unknown = new Set<string>();
  for (const { headers } of readable) {
    if (!systems.has(headers.poll.system_id)) unknown.add(headers.poll.system_id);
  }
  if (unknown.size > 0) {
    for (const [system_id, system] of await loadSystems(pool, [...unknown], carries))
      systems.set(system_id, system);
  }
  const imported = readable.filter(
    ({ headers: { poll } }) => poll.imported && poll.feed === 'station_status',
  );
  const withHistory = new Set(imported.map(({ headers }) => systems.get(headers.poll.system_id)));
  await discardSealed(
    pool,
    [...withHistory].flatMap((system) => system?.feeds.get('station_status') ?? []),
  );
}

/** Decodes and applies one record after another, so that only one decoded body is in memory at a time. */
export async function applyAll(
  pool: DatabasePool,
  { systems }: Remembered,
  readable: Readable[],
  letters: DeadLetter[],
): Promise<{ writes: PendingWrites; read: ReadRecord[]; stored: ReadRecord[]; refused: Refused }> {
  const writes = noWrites();
  const read: ReadRecord[] = [];
  const stored: ReadRecord[] = [];
  const refused: Refused = { stale: 0, older_body: 0, unconfirmed: 0 };
  for (const { message, headers } of readable) {
    const system = systems.get(headers.poll.system_id);
    if (system === undefined)
      throw new TypeError(`${headers.poll.system_id} was forgotten while its records were stored`);
    const decoded = decodePollBody(headers);
    if (decoded.reason !== null) letters.push({ message, reason: decoded.reason, result: 'undecodable' });
    const verdict = await applyPoll(
      system,
      decoded,
      writes,
      (feed, lane) => loadHistory(pool, feed, lane),
      (of, lane, station_ids) => recallStations(pool, of, lane, station_ids),
    );
    const record = readRecord(message, decoded);
    read.push(record);
    if (verdict === 'no_history') continue;
    if (system.system_key === 0) writes.systems.add(system);
    if (verdict === 'stale') {
      // An unreadable record is already in the letters and counted there.
      if (decoded.reason !== null) continue;
      refused.stale += 1;
      letters.push({ message, reason: verdict, result: 'stale' });
      continue;
    }
    stored.push(record);
    if (verdict.error === 'last_updated_backwards') refused.older_body += 1;
    else if (verdict.error === 'unchanged_without_body') refused.unconfirmed += 1;
  }
  return { writes, read, stored, refused };
}
