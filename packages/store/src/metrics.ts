import { unset } from '@velolog/metrics/unset';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { LOST_LETTERS } from './codes.ts';
import type { SystemState } from './memory/system-state.ts';
import { createSystemGauges } from './upkeep/system-gauges.ts';
import { createVehicleGauges } from './upkeep/vehicle-gauges.ts';

/** All metrics of the store worker. A series is absent until its value is known, never 0. */
export type StoreMetrics = ReturnType<typeof createStoreMetrics>;

export function createStoreMetrics(registry: Registry) {
  const registers = [registry];
  const readers: (() => Iterable<SystemState>)[] = [];
  const systems = () => readers.flatMap((read) => [...read()]);
  return {
    ...createSystemGauges(registry, systems),
    ...createVehicleGauges(registry, systems),
    /** The systems of the partitions that this worker has now. */
    systems,
    /** `read` returns the systems of the partitions that this worker has now. */
    onCollectSystems: (read: () => Iterable<SystemState>): void => {
      readers.push(read);
    },
    consumer_lag_messages: new Gauge({
      name: 'velolog_consumer_lag_messages',
      help: 'Records of the partition that are not yet in the database; no series before the first check',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    consumer_lag_seconds: new Gauge({
      name: 'velolog_consumer_lag_seconds',
      help: 'Age of the oldest record that is not yet in the database, by the timestamp of the broker; 0 when none is waiting. Until such a record is read: how long it has waited at most, or, after a start, at least',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    last_commit_timestamp_seconds: unset(
      new Gauge({
        name: 'velolog_last_commit_timestamp_seconds',
        help: 'When this worker last committed rows and position to the database; no series before the first commit',
        registers,
      }),
    ),
    rows_written_total: new Counter({
      name: 'velolog_rows_written_total',
      help: 'Rows committed to the database',
      labelNames: ['table'],
      registers,
    }),
    records_total: createRecordsTotal(registry),
    stations_total: new Counter({
      name: 'velolog_stations_compared_total',
      help: 'Station rows of polls compared with the last known state',
      registers,
    }),
    dead_letters_total: new Counter({
      name: 'velolog_dead_letters_total',
      help: 'Records sent to the dead letters, by reason',
      labelNames: ['reason'],
      registers,
    }),
    dead_letters_lost_total: createDeadLettersLost(registry),
    rows_total: new Counter({
      name: 'gbfs_feed_rows_total',
      help: 'Rows of feeds that could be used',
      labelNames: ['system', 'feed'],
      registers,
    }),
    rejected_rows_total: new Counter({
      name: 'gbfs_feed_rejected_rows_total',
      help: 'Rows of feeds that were left out, by reason',
      labelNames: ['system', 'feed', 'reason'],
      registers,
    }),
    coerced_values_total: new Counter({
      name: 'gbfs_feed_coerced_values_total',
      help: 'Values of feeds that were repaired or set to unknown, by reason',
      labelNames: ['system', 'feed', 'reason'],
      registers,
    }),
    poll_to_row_seconds: new Histogram({
      name: 'velolog_poll_to_row_seconds',
      help: 'Time from the end of a live poll until its rows were committed',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
      registers,
    }),
    batch_seconds: new Histogram({
      name: 'velolog_batch_seconds',
      help: 'Time to process a batch of records, from the first decode to the commit',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    batch_failures_total: new Counter({
      name: 'velolog_batch_failures_total',
      help: 'Attempts to store records that failed and were repeated, by cause: database (away or not able), lock_timeout, statement_timeout, refused, position_moved, kafka, dead_letters or unexpected',
      labelNames: ['cause'],
      registers,
    }),
    data_quality_issues: new Gauge({
      name: 'gbfs_data_quality_issues',
      help: 'Open issues in api.data_quality_issue by flag, of all systems of the database; no series before the first check',
      labelNames: ['flag'],
      registers,
    }),
    changes_published_total: new Counter({
      name: 'velolog_changes_published_total',
      help: 'Station changes that Kafka accepted into velolog.changes, including those sent again after a failure',
      registers,
    }),
    changes_current_timestamp_seconds: unset(
      new Gauge({
        name: 'velolog_changes_current_timestamp_seconds',
        help: 'When this worker last found no change that is not in velolog.changes; no series without CHANGES_TOPIC, and before the first check',
        registers,
      }),
    ),
    lost_records_total: new Counter({
      name: 'velolog_lost_records_total',
      help: 'Records that Kafka lost: removed by retention before they were read, cut from the end of a log, or in a recreated topic (counted as 1, because the number is unknown)',
      registers,
    }),
  };
}

/** Removes the series of a system from the counters; the gauges are read from memory. */
export async function forgetSeries(metrics: StoreMetrics, system: string): Promise<void> {
  for (const counter of [metrics.rows_total, metrics.rejected_rows_total, metrics.coerced_values_total]) {
    const { values } = await counter.get();
    for (const { labels } of values) if (labels.system === system) counter.remove(labels);
  }
}

function createRecordsTotal(registry: Registry) {
  const counter = new Counter({
    name: 'velolog_records_total',
    help: 'Records processed, by result: stored, undecodable, unreadable, stale, older_body (by its own last_updated), unconfirmed (304 whose body is unknown), refused_by_database, forgotten (a system that was removed by velolog forget) or skipped (already in the database)',
    labelNames: ['result'],
    registers: [registry],
  });
  // Set to 0, which is a known value: a series that begins at 1 shows no increase, as if nothing was stored.
  counter.inc({ result: 'stored' }, 0);
  return counter;
}

function createDeadLettersLost(registry: Registry) {
  const counter = new Counter({
    name: 'velolog_dead_letters_lost_total',
    help: 'Dead letters that their topic did not accept, by cause: refused (whatever their size) or unavailable (permissions, a partition without leader)',
    labelNames: ['cause'],
    registers: [registry],
  });
  // Set to 0, which is a known value: an alert sees no increase in a series that begins at 1.
  for (const cause of Object.keys(LOST_LETTERS)) counter.inc({ cause }, 0);
  return counter;
}
