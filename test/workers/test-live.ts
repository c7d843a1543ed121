import { startLive } from '@velolog/live/worker';
import { createLogger } from '@velolog/worker/logger';

export type TestLive = AsyncDisposable & {
  url: string;
  /** A GET below /api/v1. */
  get(path: string, init?: RequestInit): Promise<Response>;
  json(path: string): Promise<Record<string, unknown>>;
  /** The value of a metric, summed over its labels that contain `label`. */
  metric(name: string, label?: string): Promise<number>;
};

/** The live worker on a free port, in this process. */
export async function startTestLive(
  readerUrl: string,
  settings: {
    eventClientsMax?: number;
    corsOrigins?: string[];
    url?: string;
    host?: string;
    gbfsUnlicensed?: boolean;
    vehicleStayDays?: number;
  } = {},
): Promise<TestLive> {
  const log = createLogger('live');
  log.level = 'silent';
  const worker = await startLive(
    {
      READER_DATABASE_URL: readerUrl,
      HOST: settings.host ?? '127.0.0.1',
      LIVE_PORT: 0,
      LIVE_EVENT_CLIENTS_MAX: settings.eventClientsMax ?? 1_000,
      LIVE_URL: settings.url,
      LIVE_TILES_URL: undefined,
      LIVE_TILES_ATTRIBUTION: '',
      LIVE_CORS_ORIGINS: settings.corsOrigins ?? [],
      LIVE_GBFS_UNLICENSED: settings.gbfsUnlicensed ?? false,
      LIVE_GBFS_CONTACT_EMAIL: undefined,
      VEHICLE_STAY_DAYS: settings.vehicleStayDays ?? 0,
    },
    { log },
  );
  const { url } = worker.server;
  const get = (path: string, init?: RequestInit) => fetch(`${url}/api/v1${path}`, init);
  return {
    url,
    get,
    json: async (path) => (await (await get(path)).json()) as Record<string, unknown>,
    metric: async (name, label = '') => {
      const text = await (await fetch(`${url}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .filter((line) => line.includes(label))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    [Symbol.asyncDispose]: () => worker.stop(),
  };
}
