import type { RepairCode } from '@velolog/gbfs/codes';
import type { StationStatus } from '@velolog/gbfs/feeds/station-status';
import type { Tally } from '@velolog/gbfs/tally';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { PollRecord } from '@velolog/stream/poll-record';
import type { DecodedPoll } from '../../decode/decode-poll.ts';
import type { PendingWrites } from '../../memory/pending-writes.ts';
import type { StoreMetrics } from '../../metrics.ts';
import type { DeadLetter } from '../letters/dead-letters.ts';

/** A record that was read and applied. Its body is gone; what the metrics count of it is kept. */
export type ReadRecord = { message: KafkaMessage; poll: PollRecord; at: number; counts: BodyCounts | null };

type BodyCounts = {
  rows: number;
  isStations: boolean;
  /** Stations without any count. */
  unknown: number;
  skipped: Tally;
  coerced: Tally;
};

export function readRecord(message: KafkaMessage, { poll, at, content }: DecodedPoll): ReadRecord {
  if (!content?.decoded) return { message, poll, at, counts: null };
  const { rows, skipped, coerced } = content.decoded;
  const isStations = content.feed === 'station_status';
  const unknown = isStations ? countUnknown(content.decoded.rows) : 0;
  return { message, poll, at, counts: { rows: rows.length, isStations, unknown, skipped, coerced } };
}

/** The state of such a station is unknown, and somebody should know. */
function countUnknown(rows: readonly StationStatus[]): number {
  let unknown = 0;
  for (const row of rows)
    if (row.num_bikes_available === null && row.num_docks_available === null) unknown += 1;
  return unknown;
}

/** How many readable records did not count as an observation, by the result that a metric counts. */
export type Refused = { stale: number; older_body: number; unconfirmed: number };

/** Counts in the metrics what has just been committed. */
export function countRecords(
  metrics: StoreMetrics,
  read: ReadRecord[],
  writes: PendingWrites,
  letters: DeadLetter[],
  refused: Refused,
): void {
  const now = Date.now();
  for (const { poll, at, counts } of read) {
    if (!poll.imported) metrics.poll_to_row_seconds.observe((now - at) / 1000);
    if (counts === null) continue;
    const feed = { system: poll.system_id, feed: poll.feed };
    metrics.rows_total.inc(feed, counts.rows);
    if (counts.isStations) metrics.stations_total.inc(counts.rows);
    if (counts.unknown > 0)
      metrics.coerced_values_total.inc({ ...feed, reason: 'no_counts' satisfies RepairCode }, counts.unknown);
    for (const [reason, count] of Object.entries(counts.skipped)) {
      metrics.rejected_rows_total.inc({ ...feed, reason }, count);
    }
    for (const [reason, count] of Object.entries(counts.coerced)) {
      metrics.coerced_values_total.inc({ ...feed, reason }, count);
    }
  }
  for (const { reason, result } of letters) {
    metrics.dead_letters_total.inc({ reason });
    metrics.records_total.inc({ result });
  }
  const undecodable = letters.filter((letter) => letter.result === 'undecodable').length;
  metrics.records_total.inc({ result: 'stored' }, Math.max(0, read.length - undecodable - sum(refused)));
  for (const [result, count] of Object.entries(refused)) {
    if (result !== 'stale' && count > 0) metrics.records_total.inc({ result }, count);
  }
  metrics.rows_written_total.inc({ table: 'station_status' }, writes.status.length);
  metrics.rows_written_total.inc({ table: 'station_type_status' }, writes.typeStatus.length);
  metrics.rows_written_total.inc({ table: 'vehicle_stay' }, writes.stays.size);
  metrics.rows_written_total.inc({ table: 'feed_document' }, writes.documents.size);
  metrics.rows_written_total.inc({ table: 'coverage' }, writes.spans.size);
  metrics.rows_written_total.inc({ table: 'station_absence' }, writes.absences.size);
  metrics.last_commit_timestamp_seconds.set(now / 1000);
}

function sum({ stale, older_body, unconfirmed }: Refused): number {
  return stale + older_body + unconfirmed;
}
