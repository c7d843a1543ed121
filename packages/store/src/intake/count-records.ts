import type { RepairCode } from '@velolog/gbfs/codes';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import type { DecodedPoll } from '../decode/decode-poll.ts';
import type { PendingWrites } from '../memory/pending-writes.ts';
import type { StoreMetrics } from '../metrics.ts';
import type { DeadLetter } from './letters/dead-letters.ts';

export type ReadRecord = { message: KafkaMessage; decoded: DecodedPoll };

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
  for (const { decoded } of read) {
    const { poll, content } = decoded;
    if (!poll.imported) metrics.poll_to_row_seconds.observe((now - decoded.at) / 1000);
    if (!content?.decoded) continue;
    metrics.rows_total.inc({ system: poll.system_id, feed: poll.feed }, content.decoded.rows.length);
    if (content.feed === 'station_status') {
      metrics.stations_total.inc(content.decoded.rows.length);
      // These stations have no count at all, so their state is unknown, and somebody should know.
      const unknown = content.decoded.rows.filter(
        (row) => row.num_bikes_available === null && row.num_docks_available === null,
      ).length;
      if (unknown > 0)
        metrics.coerced_values_total.inc(
          { system: poll.system_id, feed: poll.feed, reason: 'no_counts' satisfies RepairCode },
          unknown,
        );
    }
    for (const [reason, count] of Object.entries(content.decoded.skipped)) {
      metrics.rejected_rows_total.inc({ system: poll.system_id, feed: poll.feed, reason }, count);
    }
    for (const [reason, count] of Object.entries(content.decoded.coerced)) {
      metrics.coerced_values_total.inc({ system: poll.system_id, feed: poll.feed, reason }, count);
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
