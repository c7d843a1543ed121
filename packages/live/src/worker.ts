import { createRegistry } from '@velolog/metrics/registry';
import { type HealthServer, startHealthServer } from '@velolog/metrics/server';
import type { Logger } from '@velolog/worker/logger';
import { createApp } from './app.ts';
import { type LiveSettings, pageConfigOf } from './config.ts';
import { openReader } from './database/reader.ts';
import { EventHub } from './events/event-hub.ts';
import { sharedBy } from './gbfs/served-systems.ts';
import { createLiveMetrics } from './metrics.ts';
import type { GbfsOptions } from './routes/gbfs-routes.ts';

export type LiveWorker = { server: HealthServer; stop(): Promise<void> };

const CONNECTIONS_MAX = 8;
const EVENT_CONNECTIONS_MAX = 2;

/** Starts the live worker: the server starts at once, whether or not the database is available. */
export async function startLive(settings: LiveSettings, { log }: { log: Logger }): Promise<LiveWorker> {
  const open = (connectionsMax: number) =>
    openReader(settings.READER_DATABASE_URL, {
      connectionsMax,
      onIdleError: (error) => log.warn({ event: 'connection_lost', reason: error.message }),
    });
  // Slow queries may occupy all connections of the pool, so events and the health check have their own.
  const [reader, eventReader, healthReader] = [open(CONNECTIONS_MAX), open(EVENT_CONNECTIONS_MAX), open(1)];
  const registry = createRegistry('live');
  const metrics = createLiveMetrics(registry);
  const hub = new EventHub({
    reader: eventReader,
    databaseUrl: settings.READER_DATABASE_URL,
    clientsMax: settings.LIVE_EVENT_CLIENTS_MAX,
    metrics,
    log,
  });
  const app = createApp({
    reader,
    hub,
    metrics,
    log,
    corsOrigins: settings.LIVE_CORS_ORIGINS,
    page: pageConfigOf(settings),
    gbfs: gbfsOptionsOf(settings),
  });
  const database = {
    name: 'database',
    run: async (signal: AbortSignal) =>
      void (await healthReader.until(signal).query('select from api.system limit 1')),
  };
  const server = await startHealthServer({
    registry,
    host: settings.HOST,
    port: settings.LIVE_PORT,
    ready: [database],
    app,
  });
  const url = settings.LIVE_URL ?? (isWildcard(settings.HOST) ? null : server.url);
  if (url !== null) metrics.page_info.set({ url }, 1);
  log.info({ event: 'listening', url: server.url });
  return {
    server,
    stop: async () => {
      server.notReady('stopping');
      await hub.stop();
      await server.close();
      await Promise.all([reader.end(), eventReader.end(), healthReader.end()]);
    },
  };
}

function gbfsOptionsOf(settings: LiveSettings): GbfsOptions {
  return {
    url: settings.LIVE_URL,
    contactEmail: settings.LIVE_GBFS_CONTACT_EMAIL,
    shared: sharedBy({
      unlicensed: settings.LIVE_GBFS_UNLICENSED,
      vehicleStayDays: settings.VEHICLE_STAY_DAYS,
    }),
  };
}

/** The server listens on all addresses, and it is unknown which of them people use. */
const isWildcard = (host: string): boolean => host === '0.0.0.0' || host === '::';
