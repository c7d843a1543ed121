import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import { describeError } from '@velolog/worker/describe-error';
import { forever } from '@velolog/worker/forever';
import type { Logger } from '@velolog/worker/logger';
import type { LakePlace, LakeSettings } from './config.ts';
import { lakeGone, nameOf } from './database/lake-memory.ts';
import { askDatabase, askRemembered } from './database/lake-session.ts';
import { findLake, type OpenLake, readLake } from './folder/lake-folder.ts';
import { findDamagedFiles } from './folder/verify-files.ts';
import { answerChecks } from './iceberg/answer-checks.ts';
import { openCatalogue } from './iceberg/attach-catalogue.ts';
import { askCatalogueAlive, findDamagedSlices } from './iceberg/check-catalogue.ts';
import { readCatalogue } from './iceberg/iceberg-sink.ts';
import { createLakeMetrics, type LakeMetrics } from './metrics.ts';
import { makeTrinoViews } from './views/make-trino-views.ts';
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
 * Starts the lake worker: writes months to the lake as they are due, and again when history was added to one. It checks
 * every LAKE_INTERVAL_SECONDS, or once a minute after a failure. It verifies its files once a day: what is damaged and
 * still in the database is written again. It stops when `signal` aborts; the next start removes a file that was being
 * written.
 */
export async function startLakeWorker(
  settings: LakeSettings,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<LakeWorker> {
  const registry = createRegistry('lake');
  const metrics = createLakeMetrics(registry);
  await tellHeld(metrics, settings, log);
  const views = settings.trinoUrl === undefined ? null : trinoViews(settings.trinoUrl, { log, signal });
  const health = await startHealthServer({
    registry,
    host: settings.HOST,
    port: settings.LAKE_PORT,
    ready: [
      { name: 'database', run: (until) => askDatabase(settings.DATABASE_URL, until) },
      settings.catalogue === undefined
        ? { name: 'folder', run: (until) => checkFolder(settings, until) }
        : { name: 'catalogue', run: askCatalogueAlive(settings.catalogue) },
      ...(views === null ? [] : [{ name: 'views in Trino', run: views.check }]),
    ],
  });
  log.info({ event: 'listening', url: health.url });
  const updater = lakeUpdater(settings, { metrics, log, signal, afterUpdate: views?.make });
  const interval = Math.min(LOOK_SECONDS_MAX, settings.LAKE_INTERVAL_SECONDS);
  const stopped = forever(interval, updater, { what: 'update the lake', signal, log }).finally(async () => {
    health.notReady('stopping');
    await health.close();
  });
  return { health, stopped };
}

/** Views need the tables, so they are created once the lake exists, once per run. The lake does not wait for Trino. */
function trinoViews(
  url: string,
  { log, signal }: { log: Logger; signal: AbortSignal },
): { make: () => Promise<void>; check: () => Promise<void> } {
  let missing: string | null = 'the lake has not been written yet';
  return {
    make: async () => {
      if (missing === null) return;
      try {
        await makeTrinoViews(url, signal);
        missing = null;
        log.info({ event: 'views_made', url: new URL(url).origin });
      } catch (error) {
        if (signal.aborted) return;
        missing = (error as Error).message;
        log.warn(
          { event: 'views_missing', ...describeError(error) },
          'The views cannot be created in Trino yet',
        );
      }
    },
    check: async () => {
      if (missing !== null) throw new Error(missing);
    },
  };
}

/**
 * A folder in which a lake is still to be created is ready, like one with a lake. A folder whose lake has vanished is
 * not.
 */
async function checkFolder(settings: LakeSettings, until: AbortSignal): Promise<void> {
  if ((await readLake(settings.dir)) !== null) return;
  const name = nameOf(settings);
  if (await askRemembered(settings.DATABASE_URL, name, until)) throw lakeGone(name, true);
}

/** @returns a function to call once a minute: it knows what is due */
export function lakeUpdater(
  settings: Pick<LakeSettings, 'DATABASE_URL' | 'LAKE_INTERVAL_SECONDS'> & LakePlace,
  {
    metrics,
    log,
    signal,
    afterUpdate,
  }: {
    metrics: LakeMetrics;
    log: Pick<Logger, 'info' | 'warn'>;
    signal?: AbortSignal;
    /** Called after each check that finds everything due in the lake. */
    afterUpdate?: (() => Promise<void>) | undefined;
  },
): (now?: Date) => Promise<void> {
  let updatedAt = Number.NEGATIVE_INFINITY;
  let verifiedAt = Number.NEGATIVE_INFINITY;
  let failures = 0;
  return async (now = new Date()) => {
    const isDue = now.getTime() - updatedAt >= settings.LAKE_INTERVAL_SECONDS * 1000;
    try {
      if (settings.catalogue !== undefined)
        await answerChecks(settings.DATABASE_URL, settings.catalogue, signal);
      if (!isDue) return await afterUpdate?.();
      const isVerified = now.getTime() - verifiedAt < VERIFY_INTERVAL_MS;
      const distrusted = isVerified ? new Set<string>() : await verify(settings, metrics, signal);
      await updateLake(settings, { distrusted, now, metrics, log, signal });
      if (distrusted.size > 0) await tellWhatIsLeft(settings, distrusted, { metrics, log, signal });
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
    await afterUpdate?.();
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
  { DATABASE_URL, dir, catalogue }: Pick<LakeSettings, 'DATABASE_URL'> & LakePlace,
  { distrusted, now, metrics, log, signal }: Update,
): Promise<void> {
  const until = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  const written = await writeLake({
    databaseUrl: DATABASE_URL,
    dir,
    catalogue,
    kind: 'lake',
    choose: (systems) => systems,
    fromDay: null,
    // Values hold until the next row, so no table may extend beyond the rows: all end where the last closed month does.
    toDay: new Date(until.getTime() - 1).toISOString().slice(0, 10),
    onlyWhenDue: true,
    distrusted,
    onConflict: () => metrics.conflicts_total.inc(),
    onWait: () => log.info({ event: 'waiting' }, 'Another velolog is writing to the lake: waiting for it'),
    ...(signal && { signal }),
  });
  metrics.heldUntil(until);
  if (written.written > 0) {
    metrics.slices_written_total.inc(written.written);
    log.info({ event: 'lake_updated', files: written.written, until: until.toISOString() });
  }
  tellSize(metrics, written.manifests);
}

async function damagedIn(
  { dir, catalogue }: LakePlace,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  if (catalogue !== undefined) return findDamagedSlices(catalogue, signal);
  const lake = await readLake(dir);
  return lake === null ? new Set<string>() : findDamagedFiles(lake, signal);
}

async function verify(
  place: LakePlace,
  metrics: LakeMetrics,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const damaged = await damagedIn(place, signal);
  if (damaged.size > 0) metrics.verify_failures_total.inc({ reason: 'file' }, damaged.size);
  metrics.damaged_files.set(damaged.size);
  return damaged;
}

/** Rows that the database still has were written again. The others are lost unless there is a copy. */
async function tellWhatIsLeft(
  place: LakePlace,
  distrusted: ReadonlySet<string>,
  { metrics, log, signal }: Pick<Update, 'metrics' | 'log' | 'signal'>,
): Promise<void> {
  const left = await damagedIn(place, signal);
  metrics.damaged_files.set(left.size);
  const written = [...distrusted].filter((file) => !left.has(file));
  if (written.length > 0)
    log.warn({ event: 'lake_mended', files: written }, 'Damaged files of the lake were written again');
  if (left.size > 0)
    log.warn(
      { event: 'lake_damaged', files: [...left] },
      'Files of the lake are damaged, and the database no longer has their rows: restore the files from a copy',
    );
}

/** Waiting does not turn a folder with other content into a lake, but a catalogue may come back. */
async function openHeld({ dir, catalogue }: LakePlace, log: Logger): Promise<OpenLake | null> {
  if (catalogue === undefined) return findLake(dir, 'lake');
  try {
    using duckdb = await openCatalogue(catalogue);
    return await readCatalogue(duckdb.connection, catalogue);
  } catch (error) {
    log.warn({ event: 'lake_away', ...describeError(error) }, 'The catalogue cannot be read yet');
    return null;
  }
}

/** Sets the metrics to what an earlier run has written. */
async function tellHeld(metrics: LakeMetrics, place: LakePlace, log: Logger): Promise<void> {
  const lake = await openHeld(place, log);
  if (lake === null) return;
  const { manifests } = lake;
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
