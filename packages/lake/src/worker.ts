import { mkdir } from 'node:fs/promises';
import { eventLoopCheck } from '@velolog/metrics/event-loop';
import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import { forever } from '@velolog/worker/forever';
import type { Logger } from '@velolog/worker/logger';
import type { LakeSettings } from './config.ts';
import { askDatabase } from './database-snapshot.ts';
import { type OpenLake, openLakeForWriting, readLake } from './folder/lake-folder.ts';
import { findDamagedFiles } from './folder/verify-files.ts';
import { createLakeMetrics, type LakeMetrics } from './metrics.ts';
import { writeLake } from './write-lake.ts';
import { SliceDiffers } from './write-slice.ts';

export type LakeWorker = {
  health: HealthServer;
  /** Settles when the worker has stopped. */
  stopped: Promise<void>;
};

const LOOK_SECONDS_MAX = 60;
const VERIFY_INTERVAL_MS = 24 * 3_600_000;

/**
 * Starts the lake worker: closes months into the folder as they are due, and again when history was added to one. It looks every
 * LAKE_INTERVAL_SECONDS, once a minute after a failure, and reads its files once a day: what is damaged and still in the database is
 * written again. It stops when `signal` aborts; a file that is being written is left to the next start, which removes it.
 */
export async function startLakeWorker(
  settings: LakeSettings,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<LakeWorker> {
  const registry = createRegistry('lake');
  const metrics = createLakeMetrics(registry);
  // A folder that holds something else does not become a lake by waiting.
  await mkdir(settings.LAKE_DIR, { recursive: true });
  const lake = await openLakeForWriting(settings.LAKE_DIR, 'lake');
  tellHeld(metrics, lake);
  const health = await startHealthServer({
    registry,
    host: settings.HOST,
    port: settings.LAKE_PORT,
    live: [eventLoopCheck()],
    ready: [
      { name: 'database', run: (until) => askDatabase(settings.DATABASE_URL, until) },
      { name: 'folder', run: () => checkFolder(settings.LAKE_DIR) },
    ],
  });
  log.info({ event: 'listening', url: health.url });
  const updater = lakeUpdater(settings, { metrics, log, signal });
  const interval = Math.min(LOOK_SECONDS_MAX, settings.LAKE_INTERVAL_SECONDS);
  const stopped = forever(interval, updater, { what: 'update the lake', signal, log }).finally(async () => {
    health.notReady('stopping');
    await health.close();
  });
  return { health, stopped };
}

async function checkFolder(dir: string): Promise<void> {
  if ((await readLake(dir)) === null) throw new Error(`${dir} has no lake: is its disk there?`);
}

/** @returns what is to be called once a minute: it knows what is due */
export function lakeUpdater(
  settings: Pick<LakeSettings, 'DATABASE_URL' | 'LAKE_DIR' | 'LAKE_INTERVAL_SECONDS'>,
  {
    metrics,
    log,
    signal,
  }: { metrics: LakeMetrics; log: Pick<Logger, 'info' | 'warn'>; signal?: AbortSignal },
): (now?: Date) => Promise<void> {
  let updatedAt = Number.NEGATIVE_INFINITY;
  let verifiedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return async (now = new Date()) => {
    if (now.getTime() - updatedAt < settings.LAKE_INTERVAL_SECONDS * 1000) return;
    try {
      const isVerified = now.getTime() - verifiedAt < VERIFY_INTERVAL_MS;
      const distrusted = isVerified ? new Set<string>() : await verify(settings.LAKE_DIR, metrics, signal);
      await updateLake(settings, { distrusted, now, metrics, log, signal });
      if (distrusted.size > 0) await tellWhatIsLeft(settings.LAKE_DIR, distrusted, { metrics, log, signal });
      verifiedAt = isVerified ? verifiedAt : now.getTime();
    } catch (error) {
      if (error instanceof SliceDiffers) metrics.verify_failures_total.inc({ reason: 'rows' });
      if (signal?.aborted !== true) metrics.consecutive_failures.set(++failures);
      throw error;
    }
    failures = 0;
    updatedAt = now.getTime();
    metrics.consecutive_failures.set(0);
    metrics.last_update_timestamp_seconds.set(now.getTime() / 1000);
  };
}

type Update = {
  distrusted: ReadonlySet<string>;
  now: Date;
  metrics: LakeMetrics;
  log: Pick<Logger, 'info' | 'warn'>;
  signal: AbortSignal | undefined;
};

async function updateLake(
  { DATABASE_URL, LAKE_DIR }: Pick<LakeSettings, 'DATABASE_URL' | 'LAKE_DIR'>,
  { distrusted, now, metrics, log, signal }: Update,
): Promise<void> {
  const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const written = await writeLake({
    databaseUrl: DATABASE_URL,
    dir: LAKE_DIR,
    kind: 'lake',
    choose: (systems) => systems,
    fromDay: null,
    // Values hold until the next row, so a table must not reach past the rows: all end where the last closed month does.
    toDay: new Date(until.getTime() - 1).toISOString().slice(0, 10),
    onlyWhenDue: true,
    distrusted,
    onWait: () => log.info({ event: 'waiting' }, 'Another velolog writes into the lake: waiting for it'),
    ...(signal && { signal }),
  });
  metrics.heldUntil(until);
  if (written.written > 0) {
    metrics.slices_written_total.inc(written.written);
    log.info({ event: 'lake_updated', files: written.written, until: until.toISOString() });
  }
  tellSize(metrics, written.manifests);
}

async function verify(
  dir: string,
  metrics: LakeMetrics,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const lake = await readLake(dir);
  const damaged = lake === null ? new Set<string>() : await findDamagedFiles(lake, signal);
  if (damaged.size > 0) metrics.verify_failures_total.inc({ reason: 'file' }, damaged.size);
  metrics.damaged_files.set(damaged.size);
  return damaged;
}

/** What the database had was written again. What it has no more is lost where no copy is. */
async function tellWhatIsLeft(
  dir: string,
  distrusted: ReadonlySet<string>,
  { metrics, log, signal }: Pick<Update, 'metrics' | 'log' | 'signal'>,
): Promise<void> {
  const lake = await readLake(dir);
  const left = lake === null ? new Set<string>() : await findDamagedFiles(lake, signal);
  metrics.damaged_files.set(left.size);
  const written = [...distrusted].filter((file) => !left.has(file));
  if (written.length > 0)
    log.warn({ event: 'lake_mended', files: written }, 'Damaged files of the lake were written again');
  if (left.size > 0)
    log.warn(
      { event: 'lake_damaged', files: [...left] },
      'Files of the lake are damaged, and the database has their rows no more: put them back from a copy',
    );
}

/** What a lake of an earlier run holds. */
function tellHeld(metrics: LakeMetrics, { manifests }: OpenLake): void {
  const months = (manifests.station_status ?? []).flatMap(({ month, closed }) =>
    closed && month !== null ? [month] : [],
  );
  const last = months.sort().at(-1);
  if (last === undefined) return;
  const [year, number] = last.split('-').map(Number) as [number, number];
  metrics.heldUntil(new Date(Date.UTC(year, number, 1)));
  tellSize(metrics, manifests);
}

function tellSize(metrics: LakeMetrics, manifests: OpenLake['manifests']): void {
  let bytes = 0;
  for (const [table, slices] of Object.entries(manifests)) {
    metrics.rows.set(
      { table },
      slices.reduce((sum, slice) => sum + slice.rows, 0),
    );
    bytes += slices.reduce((sum, slice) => sum + slice.bytes, 0);
  }
  metrics.bytes.set(bytes);
}
