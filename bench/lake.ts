import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { askLake } from '@velolog/lake/ask-lake';
import { writeLake } from '@velolog/lake/write-lake';
import { storeRecords } from '@velolog/store/intake/store-records';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { encodePoll } from '@velolog/stream/poll-record';
import { readSlices } from '@velolog/worker/lake-manifest';
import { corpus, missingCorpus } from '../test/corpus.ts';
import { openStoreContext } from '../test/workers/store-context.ts';
import { fillHistory } from './given/fill-history.ts';
import { writeWithLakeWorker } from './given/lake-worker.ts';
import { migrateWithReader } from './given/live-process.ts';
import { makeLakeYear } from './given/make-lake-year.ts';
import { createBenchDatabase, type Servers, statusPoll } from './given/pipeline.ts';
import { cpuSecondsOf } from './instruments/cpu.ts';
import { type Measure, type Part, whole } from './instruments/measure.ts';

const SERIES = ['oslo_bysykkel', 'docomo_tokyo'];
const STATIONS = 250;
const CLOCK_MS_MAX = 1000;
const CLOCK_RUNS = 3;

/** Measures closed months: their size, the cost of writing them, and the cost of querying them without a server. */
export async function benchLake(servers: Servers & { home: string }, days: number): Promise<Part> {
  const measures = await writeAndAsk(servers, days, join(servers.home, 'lake-made'));
  for (const series of SERIES)
    measures.push(await bytesOfSeries(servers, series, join(servers.home, `lake-${series}`)));
  return { title: `The lake: recorded feeds, and ${STATIONS} stations for ${days} days`, measures };
}

const update = (databaseUrl: string, dir: string) =>
  writeLake({ databaseUrl, dir, kind: 'lake', choose: (all) => all, fromDay: null, toDay: null });

async function bytesOfSeries(servers: Servers, series: string, dir: string): Promise<Measure> {
  const what = `bytes per row of station_status, ${series}`;
  const missing = missingCorpus(`series/${series}`);
  if (missing !== null) return { what, measured: missing };
  const database = await createBenchDatabase(servers, `bench_lake_${series}`);
  await migrateWithReader(database);
  await storeSeries(database, series);
  await update(database, dir);
  const { rows, bytes } = await sizeOf(dir);
  return { what, measured: (bytes / rows).toFixed(2), bar: '4', met: bytes / rows <= 4 };
}

async function sizeOf(dir: string): Promise<{ rows: number; bytes: number; slices: number }> {
  const slices = await readSlices(dir, 'station_status');
  const sum = (column: 'rows' | 'bytes') => slices.reduce((total, slice) => total + slice[column], 0);
  return { rows: sum('rows'), bytes: sum('bytes'), slices: slices.length };
}

/** Stores all files of a series, each as a separate system, because they overlap in time. */
async function storeSeries(databaseUrl: string, series: string): Promise<void> {
  const { context, state } = await openStoreContext(databaseUrl);
  let offset = 0;
  const folder = join(corpus, 'series', series);
  for (const file of (await readdir(folder)).filter((name) => name.includes('.ndjson')).sort()) {
    const lines = createInterface({ input: createReadStream(join(folder, file)).pipe(createGunzip()) });
    let batch: KafkaMessage[] = [];
    for await (const line of lines) {
      const { fetched_at, body } = JSON.parse(line) as { fetched_at: string; body: string };
      batch.push(messageOf(file, fetched_at, body, offset++));
      if (batch.length < 100) continue;
      await storeRecords(context, state, batch);
      batch = [];
    }
    if (batch.length > 0) await storeRecords(context, state, batch);
  }
  await context.pool.end();
}

function messageOf(system_id: string, fetched_at: string, body: string, offset: number): KafkaMessage {
  const { key, value, headers } = encodePoll(statusPoll(system_id, new Date(fetched_at), Buffer.from(body)));
  return {
    key: Buffer.from(key),
    value,
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestamp: String(Date.parse(fetched_at)),
    offset: String(offset),
    attributes: 0,
  };
}

async function writeAndAsk(servers: Servers, days: number, dir: string): Promise<Measure[]> {
  const database = await createBenchDatabase(servers, 'bench_lake_made');
  await migrateWithReader(database);
  await fillHistory(database, { stations: STATIONS, days });
  const { cpuSeconds, residentMegabytes } = await writeWithLakeWorker(database, dir);
  const { rows, bytes, slices } = await sizeOf(dir);
  const month = cpuSeconds / slices;
  return [
    { what: 'rows, and bytes per row (values at random)', measured: `${rows}, ${(bytes / rows).toFixed(2)}` },
    { what: 'CPU to write a month', measured: `${month.toFixed(1)} s`, bar: '10 s', met: month <= 10 },
    {
      what: 'most memory of the lake worker',
      measured: `${residentMegabytes.toFixed(0)} MB`,
      bar: '400 MB',
      met: residentMegabytes <= 400,
    },
    await askedFor(dir, 'LAG over all rows', PLAIN_LAG),
    await askedFor(dir, 'station_change', 'select count(*) from station_change'),
    await askedFor(
      dir,
      'station_change, with the time not observed',
      'select count(*), sum(bikes_delta), sum(gap_seconds) from station_change',
    ),
  ];
}

const PLAIN_LAG = `select count(*) from (
  select num_bikes_available, lag(num_bikes_available) over (partition by system_id, station_id order by observed_at) as previous
  from files.station_status) where num_bikes_available <> previous`;

async function askedFor(dir: string, what: string, query: string): Promise<Measure> {
  const started = performance.now();
  const cpuSeconds = await cpuSecondsOf(async () => void (await askLake(dir, query)));
  return {
    what,
    measured: `${(performance.now() - started).toFixed(0)} ms, ${cpuSeconds.toFixed(2)} s of CPU`,
    bar: '1 s of CPU',
    met: cpuSeconds <= 1,
  };
}

/** A year of one system, asked through DuckDB on the clock: what `velolog lake sql` does after its own start. */
export async function benchLakeYear({ home }: { home: string }): Promise<Part> {
  const dir = join(home, 'lake-year-made');
  const rows = await makeLakeYear(dir, STATIONS);
  const measures = [
    await askedOnClock(dir, 'changes and bikes', 'select count(*), sum(bikes_delta) from station_change'),
    await askedOnClock(
      dir,
      'the same with the time not observed',
      'select count(*), sum(bikes_delta), sum(gap_seconds) from station_change',
    ),
    await askedOnClock(
      dir,
      'the same for each station',
      'select station_id, count(*), sum(bikes_delta), sum(gap_seconds) from station_change group by 1',
    ),
  ];
  return { title: `A year of one system in the lake: ${STATIONS} stations, ${whole(rows)} rows`, measures };
}

/** The best of some runs: other programs can only add to it. */
async function askedOnClock(dir: string, what: string, query: string): Promise<Measure> {
  const runs: { ms: number; cpuSeconds: number }[] = [];
  for (let run = 0; run < CLOCK_RUNS; run++) {
    const started = performance.now();
    const cpuSeconds = await cpuSecondsOf(async () => void (await askLake(dir, query)));
    runs.push({ ms: performance.now() - started, cpuSeconds });
  }
  const [best] = runs.sort((a, b) => a.ms - b.ms) as [{ ms: number; cpuSeconds: number }];
  const load = loadavg()[0]?.toFixed(0);
  return {
    what: `${what} (load ${load} on ${availableParallelism()} cores)`,
    measured: `${best.ms.toFixed(0)} ms, ${best.cpuSeconds.toFixed(2)} s of CPU`,
    bar: `${CLOCK_MS_MAX} ms`,
    met: best.ms < CLOCK_MS_MAX,
  };
}
