import { setTimeout as wait } from 'node:timers/promises';
import { printable } from '@velolog/worker/printable';
import { askAsReader } from '../../home/ask-as-reader.ts';
import type { State } from '../../home/state.ts';
import { livePolls, pollsSince } from './live-polls.ts';
import { type Ask, failureTeller } from './tell-failures.ts';

type Options = {
  state: State;
  /** On the clock of performance.now(). */
  startedAt: number;
  /** Nothing is printed before this resolves. */
  ready: Promise<void>;
  say: (line: string) => void;
  /** Called after the line about the first stations. */
  onStations?: (tell: (line: string) => void) => void;
  signal: AbortSignal;
};

const FIRST_LOOK_MS = 200;
/** Pauses between looks in the first minute: short, because most problems show then. */
const FIRST_MINUTE_SECONDS = [1, 2, 4, 8, 15, 30];
const LATER_MINUTES_SECONDS = [30, 30];

/**
 * Prints when the first stations can be read and what the first changes are, which feeds do not answer, and once a minute how much data
 * comes in. Counts only what was observed since this start, because the home may hold older data.
 */
export async function reportFlow({
  state,
  startedAt,
  ready,
  say,
  onStations,
  signal,
}: Options): Promise<void> {
  const since = new Date(performance.timeOrigin + startedAt);
  const flow: Flow = {
    state,
    ask: async <Row>(query: string) =>
      (await askAsReader<Row>(state, query, query.includes('$1') ? [since] : [])) ?? [],
    tell: (line) => say(`${clock()}  ${line}`),
    seconds: () => ((performance.now() - startedAt) / 1000).toFixed(1),
    onStations: () => onStations?.(flow.tell),
    signal,
  };
  try {
    await Promise.all([tellFirsts(flow, ready), ready.then(() => tellMinutes(flow))]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

type Flow = {
  state: State;
  ask: Ask;
  tell: (line: string) => void;
  /** Time since the start. */
  seconds: () => string;
  onStations: () => void;
  signal: AbortSignal;
};

async function tellFirsts(
  { state, ask, tell, seconds, onStations, signal }: Flow,
  ready: Promise<void>,
): Promise<void> {
  const storeIsReady = () => state.workers.some((worker) => worker.name === 'store' && worker.ready);
  const stations = await untilFound(FIRST_LOOK_MS, signal, async () =>
    storeIsReady()
      ? ask<{ stations: number; systems: number }>(
          `select count(*)::int as stations, count(distinct system_id)::int as systems
           from api.station_current where observed_at >= $1 having count(*) > 0`,
        )
      : [],
  );
  for (const { stations: count, systems } of stations) {
    const line = `first stations after ${seconds()} s: ${count} in ${systems === 1 ? '1 system' : `${systems} systems`}`;
    await ready;
    tell(line);
    onStations();
  }
  const changes = await untilFound(1000, signal, () =>
    ask<{ place: string; before: number; after: number; changes: number }>(
      `select coalesce(name, station_id) as place, prev_num_bikes_available as before, num_bikes_available as after,
         count(*) over ()::int as changes
       from api.station_change_between($1, now())
       where bikes_delta <> 0 and gap_seconds = 0 order by observed_at desc, abs(bikes_delta) desc limit 3`,
    ),
  );
  const examples = changes.map(
    ({ place, before, after }) => `\n            ${printable(place)}: ${before} -> ${after} bikes`,
  );
  tell(`first changes after ${seconds()} s: ${changes[0]?.changes}, such as${examples.join('')}`);
}

async function untilFound<Row>(
  intervalMs: number,
  signal: AbortSignal,
  look: () => Promise<Row[]>,
): Promise<Row[]> {
  for (;;) {
    await wait(intervalMs, undefined, { signal });
    const rows = await look();
    if (rows.length > 0) return rows;
  }
}

async function tellMinutes({ state, ask, tell, signal }: Flow): Promise<void> {
  const tellFailures = failureTeller(ask, tell);
  let pauses = FIRST_MINUTE_SECONDS;
  for (let polls = await livePolls(state); ; pauses = LATER_MINUTES_SECONDS) {
    for (const seconds of pauses) {
      await wait(seconds * 1000, undefined, { signal });
      await tellFailures();
    }
    const now = await livePolls(state);
    tell(await lastMinute(ask, pollsSince(polls, now)));
    polls = now;
  }
}

async function lastMinute(ask: Ask, polls: number | null): Promise<string> {
  const [row] = await ask<{ stations: number; changes: number; failing: number }>(
    `select (select count(*)::int from api.station_current where observed_at >= $1) as stations,
       (select count(*)::int from api.station_change_between(now() - interval '1 minute', now())) as changes,
       (select count(*)::int from api.feed_health where consecutive_failures > 0 and last_fetched_at >= $1) as failing`,
  );
  const stored = polls === null ? 'polls unknown' : `${polls} polls`;
  // The database may be unreachable for a moment.
  if (row === undefined) return `last minute: ${stored}; the database does not answer`;
  const failing =
    row.failing === 0 ? '' : `, ${row.failing === 1 ? '1 feed does' : `${row.failing} feeds do`} not answer`;
  return `last minute: ${stored}, ${row.stations} stations, ${row.changes} changes${failing}`;
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
