import { rmSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { availableParallelism, cpus, homedir, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedKafka } from '@velolog/embedded/embedded-kafka';
import { startEmbeddedPostgres } from '@velolog/embedded/embedded-postgres';
import { killSpawned } from '@velolog/embedded/process-group';
import { UserError } from '@velolog/worker/user-error';
import { createTestFolder, stopLeftovers } from '../test/servers/test-folder.ts';
import { benchCatalogue } from './catalogue.ts';
import { benchChanges } from './changes.ts';
import { benchCity } from './city.ts';
import { benchDashboards } from './dashboards.ts';
import { benchEvents } from './events.ts';
import { benchForecast } from './forecast.ts';
import { benchWindow } from './given/window.ts';
import { benchHistory } from './history.ts';
import { formatPart, type Part, summary } from './instruments/measure.ts';
import { benchLake, benchLakeYear } from './lake.ts';
import { benchLakeDay } from './lake-day.ts';
import { benchLatency } from './latency.ts';
import { benchStack } from './stack.ts';
import { benchThroughput } from './throughput.ts';
import { benchViews } from './views.ts';
import { benchWorld } from './world.ts';

/**
 * npm run bench: measures the numbers that Velolog promises, each beside its baseline or bar, in one run. docs/benchmarks.md
 * explains each one. Ratios can be compared between machines, absolute numbers cannot.
 */
const PARTS = {
  throughput: ({ servers }: Context) => benchThroughput(servers),
  latency: ({ servers }: Context) => benchLatency(servers),
  city: ({ servers }: Context) => benchCity(servers),
  window: ({ servers, days }: Context) => benchWindow(servers, days),
  views: ({ servers, days }: Context) => benchViews(servers, Math.max(...days)),
  dashboards: ({ servers, days }: Context) => benchDashboards(servers, days),
  events: ({ servers }: Context) => benchEvents(servers),
  changes: ({ servers }: Context) => benchChanges(servers),
  forecast: ({ servers }: Context) => benchForecast(servers),
  history: ({ servers }: Context) => benchHistory(servers),
  lake: ({ servers, days }: Context) => benchLake(servers, Math.min(...days.filter((count) => count > 1))),
  'lake-year': ({ servers }: Context) => benchLakeYear(servers),
  'lake-day': ({ servers, stations }: Context) => benchLakeDay(servers, stations),
  stack: ({ seconds }: Context) => benchStack(seconds ?? 60),
  catalogue: ({ servers, seconds }: Context) => benchCatalogue(servers, seconds ?? 120),
  world: ({ servers }: Context) => benchWorld(servers),
  vehicles: ({ servers, seconds }: Context) => benchCatalogue(servers, seconds ?? 120, true),
} satisfies Record<string, (context: Context) => Promise<Part>>;
const BY_DEFAULT = 'throughput,latency,city,window,events,forecast,history';

type Context = {
  servers: Parameters<typeof benchCatalogue>[0];
  days: number[];
  stations: number;
  seconds: number | undefined;
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: BY_DEFAULT },
    days: { type: 'string', default: '1,30,365' },
    seconds: { type: 'string' },
    stations: { type: 'string', default: '230000' },
  },
});
const wanted = values.only === 'all' ? Object.keys(PARTS) : values.only.split(',');
const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}: --only takes ${Object.keys(PARTS).join(',')} or all`,
  );
  process.exit(2);
}

// What a bench that was killed left behind. The folder of this one has the name of a test run's, so that either removes it.
await stopLeftovers();
const home = createTestFolder([]);
// Ctrl-C does not reach the servers, because each leads its own process group. A killed server may take a moment to be gone.
process.once('exit', () => {
  killSpawned();
  rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

// As in packages/cli/bin/velolog.js, so that workers are measured with the compile cache that they have from their second start on.
process.env.NODE_COMPILE_CACHE ||= join(homedir(), '.cache', 'velolog', 'compiled');
enableCompileCache(process.env.NODE_COMPILE_CACHE);

const postgres = await startEmbeddedPostgres({
  directory: join(home, 'postgres'),
  settings: { track_commit_timestamp: 'on', max_wal_size: '4GB' },
});
const kafka = await startEmbeddedKafka({ directory: join(home, 'kafka') });
try {
  const servers = {
    databaseUrl: postgres.url,
    brokers: kafka.brokers.join(','),
    pids: { kafka: kafka.pid, postgres: postgres.pid },
    home,
  };
  const days = values.days.split(',').map(Number);
  const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
  const load = loadavg().map((average) => average.toFixed(1));
  console.log(
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} cores, load ${load.join(' ')}, Node ${process.version}\n`,
  );
  const parts: Part[] = [];
  for (const name of wanted) {
    const part = await PARTS[name as keyof typeof PARTS]({
      servers,
      days,
      stations: Number(values.stations),
      seconds,
    });
    parts.push(part);
    console.log(`${formatPart(part)}\n`);
  }
  console.log(summary(parts));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await kafka.stop();
  await postgres.stop();
}
