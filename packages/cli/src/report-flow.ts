import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { State } from './state.ts';

type Options = {
  state: State;
  /** As performance.now(). */
  startedAt: number;
  /** Nothing is said before. */
  ready: Promise<void>;
  say: (line: string) => void;
  signal: AbortSignal;
};

const FIRST_LOOK_MS = 200;
const REPORT_INTERVAL_MS = 60_000;

/** Says when the first stations can be read, shows the first changes, and then once a minute what flows. */
export async function reportFlow({ state, startedAt, ready, say, signal }: Options): Promise<void> {
  const seconds = () => ((performance.now() - startedAt) / 1000).toFixed(1);
  const ask = <Row>(query: string) => askOnce<Row>(state, query);
  try {
    let found: { stations: number; systems: number } | undefined;
    while (!found?.stations) {
      await sleep(FIRST_LOOK_MS, undefined, { signal });
      if (!state.workers.some(({ name, ready }) => name === 'store' && ready)) continue;
      [found] = await ask<{ stations: number; systems: number }>(
        'select count(*)::int as stations, count(distinct system_id)::int as systems from api.station_current',
      );
    }
    const { stations, systems } = found;
    const line = `first stations after ${seconds()} s: ${stations} in ${systems === 1 ? '1 system' : `${systems} systems`}`;
    await ready;
    say(`${clock()}  ${line}`);
    await showFirstChanges(ask, say, seconds, signal);
    for (let polls = await pollsStored(state); ; ) {
      await sleep(REPORT_INTERVAL_MS, undefined, { signal });
      const now = await pollsStored(state);
      say(`${clock()}  ${await lastMinute(ask, polls === null || now === null ? null : now - polls)}`);
      polls = now;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

type Ask = <Row>(query: string) => Promise<Row[]>;

async function showFirstChanges(
  ask: Ask,
  say: (line: string) => void,
  seconds: () => string,
  signal: AbortSignal,
): Promise<void> {
  for (let looks = 0; looks < 120; looks++) {
    await sleep(1000, undefined, { signal });
    const changes = await ask<{ place: string; before: number; after: number; changes: number }>(
      `select coalesce(name, station_id) as place, prev_num_bikes_available as before, num_bikes_available as after,
         count(*) over ()::int as changes
       from api.station_change_between(now() - interval '5 minutes', now())
       where bikes_delta <> 0 order by observed_at desc, abs(bikes_delta) desc limit 3`,
    );
    if (changes.length === 0) continue;
    say(`${clock()}  first changes after ${seconds()} s: ${changes[0]?.changes}, such as`);
    for (const { place, before, after } of changes) say(`            ${place}: ${before} -> ${after} bikes`);
    return;
  }
}

async function lastMinute(ask: Ask, polls: number | null): Promise<string> {
  const [row] = await ask<{ stations: number; changes: number }>(
    `select (select count(*)::int from api.station_current) as stations,
       (select count(*)::int from api.station_change_between(now() - interval '1 minute', now())) as changes`,
  );
  const stored = polls === null ? 'polls unknown' : `${polls} polls`;
  return `last minute: ${stored}, ${row?.stations} stations, ${row?.changes} changes`;
}

/** A connection each: it is used once a minute, and so outlives no restart of the database. */
async function askOnce<Row>({ reader_database_url, database_url }: State, query: string): Promise<Row[]> {
  const url = reader_database_url ?? database_url;
  if (url === null) return [];
  const client = new pg.Client({ connectionString: url, application_name: 'velolog' });
  // A server that goes away between two answers is no reason for us to go, too.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(query)).rows as Row[];
  } catch {
    return [];
  } finally {
    await client.end().catch(() => {});
  }
}

/** Records the store has dealt with since it started, from its own metrics; null when it does not say. */
async function pollsStored(state: State): Promise<number | null> {
  const store = state.workers.find(({ name }) => name === 'store');
  if (store === undefined) return null;
  try {
    const text = await (
      await fetch(new URL('/metrics', store.url), { signal: AbortSignal.timeout(3000) })
    ).text();
    const values = Array.from(text.matchAll(/^velolog_records_total\{[^}]*\} (\d+)/gm), ([, value]) =>
      Number(value),
    );
    return values.reduce((sum, value) => sum + value, 0);
  } catch {
    return null;
  }
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
