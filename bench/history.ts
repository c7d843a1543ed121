import { openDatabase } from '@velolog/store/tables/database';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { fillHistory } from './given/fill-history.ts';
import { migrateWithReader, startLiveProcess } from './given/live-process.ts';
import { createBenchDatabase, type Servers } from './given/pipeline.ts';
import type { Part } from './instruments/measure.ts';

const STATIONS = 20;
const DAYS = 365;
const RUNS = 20;

/** Times the HTTP requests that the page sends when a user opens a station or moves in time, with a year of history. */
export async function benchHistory(servers: Servers): Promise<Part> {
  const database = await createBenchDatabase(servers, 'bench_history');
  const readerUrl = await migrateWithReader(database);
  await fillHistory(database, { stations: STATIONS, days: DAYS });
  await rollUp(database);
  const live = await startLiveProcess(readerUrl);
  const system = `${live.url}/api/v1/systems/bench`;
  const end = new Date(Date.UTC(2025, 0, 1 + DAYS));
  const window = (days: number) =>
    `from=${new Date(end.getTime() - days * 86_400_000).toISOString()}&to=${end.toISOString()}`;
  const yearUrl = (run: number) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(DAYS)}`;
  const year = await timed(yearUrl);
  const yearGzip = await timed(yearUrl, 'gzip');
  const month = await timed((run) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(31)}`);
  const day = await timed((run) => `${system}/stations/${1 + (run % STATIONS)}/history?${window(1)}`);
  const replay = await timed(() => `${system}/replay?${window(2)}`);
  const page = await timed(() => `${system}/changes?${window(DAYS)}&limit=1000`);
  await live.stop();
  return {
    title: `A year of ${STATIONS} stations over HTTP (median of ${RUNS})`,
    measures: [
      {
        what: 'the year of one station, by the hour',
        measured: `${year.medianMs.toFixed(0)} ms, ${(year.bytes / 1e6).toFixed(1)} MB`,
        bar: '100 ms',
        met: year.medianMs <= 100,
      },
      {
        what: 'the same compressed, as a browser asks for it',
        measured: `${yearGzip.medianMs.toFixed(0)} ms`,
        bar: '100 ms',
        met: yearGzip.medianMs <= 100,
      },
      { what: 'its last 31 days, as steps', measured: `${month.medianMs.toFixed(0)} ms` },
      { what: 'its last 24 h', measured: `${day.medianMs.toFixed(0)} ms` },
      {
        what: 'replay of 48 h',
        measured: `${replay.medianMs.toFixed(0)} ms, ${(replay.bytes / 1e6).toFixed(1)} MB`,
      },
      { what: 'the first 1,000 changes of the year', measured: `${page.medianMs.toFixed(0)} ms` },
    ],
  };
}

/** @returns the median time, and the size of the decompressed answer */
async function timed(
  urlOf: (run: number) => string,
  encoding: 'identity' | 'gzip' = 'identity',
): Promise<{ medianMs: number; bytes: number }> {
  const times: number[] = [];
  let bytes = 0;
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const answer = await fetch(urlOf(run), { headers: { 'accept-encoding': encoding } });
    bytes = (await answer.arrayBuffer()).byteLength;
    times.push(performance.now() - start);
    if (!answer.ok) throw new Error(`${urlOf(run)} was answered with ${answer.status}`);
  }
  return { medianMs: times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN, bytes };
}

/** Rolls up everything at once; the store does it bit by bit. */
async function rollUp(database: string): Promise<void> {
  const pool = await openDatabase(database, { connectionsMax: 2 });
  await rollUpAll(pool);
  await pool.end();
}
