import { FeedFetcher } from '@velolog/ingest/fetch/fetch-feed';
import { createIngestMetrics } from '@velolog/ingest/metrics';
import { Publisher } from '@velolog/ingest/publish/publish';
import { HostLimits } from '@velolog/ingest/schedule/host-limits';
import { Recorder } from '@velolog/ingest/schedule/recorder';
import { parseSystems } from '@velolog/ingest/sources/systems';
import { ensurePage } from '@velolog/live/ensure-page';
import { type Simulator, startSimulator } from '@velolog/simulator/simulator';
import { openDatabase } from '@velolog/store/tables/database';
import { checkQualityOnce } from '@velolog/store/upkeep/quality/check-quality';
import { Registry } from 'prom-client';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { withClient } from '../servers/with-client.ts';
import { startTestLive, type TestLive } from '../workers/test-live.ts';
import { createTestTopics, silentLog, startTestWorker, type TestTopics } from '../workers/test-worker.ts';

export type PagePipeline = AsyncDisposable & {
  simulator: Simulator;
  system: string;
  /** Between the browser and the page's server. */
  toPage: TcpProxy;
  /** Between the page's server and PostgreSQL. */
  toDatabase: TcpProxy;
  url: string;
  /** When stations have changed since then, oldest first, in the page's format. */
  changesSince: (since: Date) => Promise<string[]>;
  /** Makes the last success of the feeds this old, instead of waiting for it; null ends that. */
  ageFeed: (seconds: number | null) => Promise<void>;
  /** Lets the checks of data quality be noted, or not: false makes a system that was not checked yet. */
  judgeQuality: (isJudged: boolean) => Promise<void>;
  /** Flags a station as frozen, instead of letting a day pass. */
  flagStation: (stationId: string) => Promise<void>;
  /** The current number of event streams of the page's server. */
  streams: () => Promise<number>;
  /** What the API says of each station, as `id bikes docks`. */
  rows: () => Promise<string[]>;
  /** Whether the API says that station_status is too old. */
  isOverdue: () => Promise<boolean | undefined>;
  /** Queries the page's server without the proxy. */
  json: (path: string) => Promise<Record<string, unknown>>;
};

const STATIONS = 30;
/** Fast enough that each publication has something new, and a fault is noticed in seconds. */
const TIME_FACTOR = 20;
const REQUEST_TIMEOUT_MS = 2000;

/** Everything from the feed to the page, real and in this process, on the servers of the run. */
export async function startPagePipeline(): Promise<PagePipeline> {
  const stack = new AsyncDisposableStack();
  try {
    const database = await createTestDatabase();
    stack.defer(() => database.drop());
    const topics = stack.use(await createTestTopics(1));
    const simulator = stack.use(
      await startSimulator({ stations: STATIONS, ttlSeconds: 1, timeFactor: TIME_FACTOR, startHour: 7.5 }),
    );
    const store = await startTestWorker(database, topics);
    stack.defer(() => store.stop());
    stack.defer(startIngest(simulator, topics));

    const { hostname, port } = new URL(database.readerUrl);
    const toDatabase = stack.use(await startTcpProxy({ host: hostname, port: Number(port) }));
    const readerUrl = new URL(database.readerUrl);
    readerUrl.host = `127.0.0.1:${toDatabase.port}`;
    await ensurePage();
    const live = stack.use(await startTestLive(readerUrl.href));
    const toPage = stack.use(
      await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(live.url).port) }),
    );
    const system = simulator.systems[0]?.system_id ?? '';
    const owned = stack.move();
    return {
      simulator,
      system,
      toPage,
      toDatabase,
      url: `http://127.0.0.1:${toPage.port}`,
      changesSince: (since) => changesSince(database.url, since),
      ageFeed: (seconds) => ageFeed(database.url, seconds),
      judgeQuality: (isJudged) => judgeQuality(database.url, isJudged),
      flagStation: (stationId) => flagStation(database.url, stationId),
      streams: () => live.metric('velolog_live_event_clients'),
      rows: () => rowsOf(live, system),
      isOverdue: () => isOverdue(live, system),
      json: live.json,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function rowsOf(live: TestLive, system: string): Promise<string[]> {
  const { stations } = (await live.json(`/systems/${system}/stations`)) as {
    stations: Record<string, string | number | null>[];
  };
  return stations.map(
    ({ station_id, num_bikes_available, num_docks_available }) =>
      `${station_id} ${num_bikes_available ?? '–'} ${num_docks_available ?? '–'}`,
  );
}

async function isOverdue(live: TestLive, system: string): Promise<boolean | undefined> {
  const { feeds } = (await live.json(`/systems/${system}/feeds`)) as {
    feeds: { feed: string; overdue: boolean }[];
  };
  return feeds.find(({ feed }) => feed === 'station_status')?.overdue;
}

async function changesSince(databaseUrl: string, since: Date): Promise<string[]> {
  const { rows } = await withClient(databaseUrl, (client) =>
    client.query<{ observed_at: Date }>(
      'select observed_at from api.station_change where observed_at > $1 order by observed_at',
      [since],
    ),
  );
  return rows.map(({ observed_at }) => observed_at.toISOString());
}

async function ageFeed(databaseUrl: string, seconds: number | null): Promise<void> {
  // A trigger, because the store rewrites the row from memory at each failed poll.
  await run(
    databaseUrl,
    seconds === null
      ? 'drop trigger if exists aged on velolog.feed'
      : `create or replace function public.aged() returns trigger language plpgsql as
         $$ begin new.last_success_at := now() - interval '${seconds} s'; return new; end $$;
         create or replace trigger aged before update on velolog.feed for each row execute function public.aged();
         update velolog.feed set last_success_at = last_success_at`,
  );
}

async function judgeQuality(databaseUrl: string, isJudged: boolean): Promise<void> {
  await run(
    databaseUrl,
    isJudged
      ? 'drop trigger if exists unchecked on velolog.data_quality_check'
      : `create or replace function public.unchecked() returns trigger language plpgsql as $$ begin return null; end $$;
         create or replace trigger unchecked before insert on velolog.data_quality_check for each row execute function public.unchecked();
         delete from velolog.data_quality_check`,
  );
  if (!isJudged) return;
  const pool = await openDatabase(databaseUrl, { connectionsMax: 2 });
  await withClient(databaseUrl, async (client) => {
    const isChecked = async () =>
      (await client.query('select from velolog.data_quality_check')).rowCount !== 0;
    // The worker of the pipeline may be at it.
    while (!(await isChecked())) await checkQualityOnce(pool, new Date());
  });
  await pool.end();
}

/** Seen in an hour: before that the worker of the pipeline, which does not find it, does not end it. */
async function flagStation(databaseUrl: string, stationId: string): Promise<void> {
  await run(
    databaseUrl,
    `insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, evidence)
     select system_key, 'station_status', $1, 'station_frozen', now(), now() - interval '1 day', now() + interval '1 hour', '{}' from velolog.system`,
    [stationId],
  );
}

async function run(databaseUrl: string, statement: string, values?: unknown[]): Promise<void> {
  await withClient(databaseUrl, (client) => client.query(statement, values));
}

/** The same wiring as in packages/ingest/src/worker.ts, but polling once a second. @returns a function that stops it */
function startIngest(simulator: Simulator, { kafka, names }: TestTopics): () => Promise<void> {
  const log = silentLog();
  const metrics = createIngestMetrics(new Registry());
  const topics = { partitions: 1, replicationFactor: 1, ...names };
  const publisher = new Publisher(kafka, { bufferBytesMax: 2 ** 26, topics }, { metrics, log });
  const fetcher = new FeedFetcher({
    userAgent: 'velolog/test',
    allowPrivateAddresses: true,
    bodyBytesMax: 2 ** 20,
    connectTimeoutMs: REQUEST_TIMEOUT_MS,
    headersTimeoutMs: REQUEST_TIMEOUT_MS,
    bodyTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  const limits = new HostLimits({ requestsAtOnceMax: 10, requestsPerSecondMax: 100 });
  const recorder = new Recorder(
    { fetcher, limits, publisher, metrics, log },
    { floorSeconds: 1, staticSeconds: 3600 },
  );
  recorder.addSystems(parseSystems(JSON.stringify(simulator.systemsFile()), 'the simulator'));
  const stop = new AbortController();
  const running = Promise.all([recorder.pollForever(stop.signal), publisher.publishForever(stop.signal)]);
  return async () => {
    stop.abort();
    await running;
    await Promise.all([publisher.close(), fetcher.close()]);
  };
}
