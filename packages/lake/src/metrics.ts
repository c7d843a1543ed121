import { Counter, Gauge, type Registry } from 'prom-client';

/** All metrics of the lake worker. A series is absent until its value is known, never 0. */
export type LakeMetrics = ReturnType<typeof createLakeMetrics>;

const SECONDS_PER_DAY = 86_400;

export function createLakeMetrics(registry: Registry) {
  const registers = [registry];
  let heldUntilSeconds: number | null = null;
  const held = new Gauge({
    name: 'velolog_lake_held_until_timestamp_seconds',
    help: 'End of the last month in the lake; absent until it is known',
    registers,
    collect() {
      if (heldUntilSeconds !== null) this.set(heldUntilSeconds);
    },
  });
  const lag = new Gauge({
    name: 'velolog_lake_lag_days',
    help: 'Days since the end of the last month in the lake: up to 31 when it is up to date; absent until that month is known',
    registers,
    collect() {
      if (heldUntilSeconds !== null) this.set((Date.now() / 1000 - heldUntilSeconds) / SECONDS_PER_DAY);
    },
  });
  const metrics = {
    heldUntil: (at: Date): void => {
      heldUntilSeconds = at.getTime() / 1000;
    },
    last_update_timestamp_seconds: new Gauge({
      name: 'velolog_lake_last_update_timestamp_seconds',
      help: 'When the lake was last known to contain everything that is due; absent before',
      registers,
    }),
    consecutive_failures: new Gauge({
      name: 'velolog_lake_consecutive_failures',
      help: 'Failed attempts to update the lake since the last success; absent before the first attempt',
      registers,
    }),
    rows: new Gauge({
      name: 'velolog_lake_rows',
      help: 'Rows in the lake by table',
      labelNames: ['table'],
      registers,
    }),
    bytes: new Gauge({ name: 'velolog_lake_bytes', help: 'Size of the files of the lake', registers }),
    slices_written_total: new Counter({
      name: 'velolog_lake_slices_written_total',
      help: 'Files written: months that ended or got more history, and tables that are one file',
      registers,
    }),
    verify_failures_total: new Counter({
      name: 'velolog_lake_verify_failures_total',
      help: 'Damage found: written rows differ from the database (rows), or a file changed after it was written (file)',
      labelNames: ['reason'],
      registers,
    }),
    conflicts_total: new Counter({
      name: 'velolog_lake_conflicts_total',
      help: 'Commits that lost to those of another writer and were repeated',
      registers,
    }),
    damaged_files: new Gauge({
      name: 'velolog_lake_damaged_files',
      help: 'Files of the lake that were missing or changed at the last check; absent before the first check',
      registers,
    }),
  };
  // A gauge without labels begins at 0 by default, which would be wrong here.
  for (const gauge of [
    held,
    lag,
    metrics.last_update_timestamp_seconds,
    metrics.consecutive_failures,
    metrics.bytes,
    metrics.damaged_files,
  ])
    gauge.remove();
  return metrics;
}
