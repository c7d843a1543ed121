import { Counter, Gauge, type Registry } from 'prom-client';

/** All metrics of the lake worker. A series is absent until its value is known, never 0. */
export type LakeMetrics = ReturnType<typeof createLakeMetrics>;

const SECONDS_PER_DAY = 86_400;

export function createLakeMetrics(registry: Registry) {
  const registers = [registry];
  let heldUntilSeconds: number | null = null;
  const held = new Gauge({
    name: 'velolog_lake_held_until_timestamp_seconds',
    help: 'End of the last month that the lake holds; no series before that is known',
    registers,
    collect() {
      if (heldUntilSeconds !== null) this.set(heldUntilSeconds);
    },
  });
  const lag = new Gauge({
    name: 'velolog_lake_lag_days',
    help: 'Days since the end of the last month that the lake holds: up to 31 while it keeps up',
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
      help: 'When the lake was last found, or made, to hold all that is due; no series before',
      registers,
    }),
    consecutive_failures: new Gauge({
      name: 'velolog_lake_consecutive_failures',
      help: 'Attempts to update the lake that failed since the last that did not; no series before the first attempt',
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
      help: 'Files written: months that ended or were added to, and tables that are one file',
      registers,
    }),
    verify_failures_total: new Counter({
      name: 'velolog_lake_verify_failures_total',
      help: 'What was written is not what the database has (rows), or a file is not what was written (file)',
      labelNames: ['reason'],
      registers,
    }),
    conflicts_total: new Counter({
      name: 'velolog_lake_conflicts_total',
      help: 'Commits that came second to those of another writer, and were begun again',
      registers,
    }),
    damaged_files: new Gauge({
      name: 'velolog_lake_damaged_files',
      help: 'Files of the lake that are missing or not what was written, at the last look; no series before the first',
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
