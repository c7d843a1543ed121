import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { daysHeld, type RecordedHistory } from './recorded-history.ts';

const DAY_SECONDS = 86_400;

const StationRow = z.object({ station_key: z.number(), station_id: z.string() });
const SpanRow = z.object({ from_s: z.number(), to_s: z.number() });
const ChangesRow = z.object({
  station_key: z.number(),
  times: z.array(z.number()),
  bikes: z.array(z.number()),
  docks: z.array(z.number()),
});

/** Of a closed station nobody takes a bike, so what it held teaches nothing of what comes when it is open. The twin of counts-to-learn.ts. */
const counted = (column: 'num_bikes_available' | 'num_docks_available', of: 'first' | 'status') => {
  const row = sql.identifier([of]);
  return sql.fragment`
    case when velolog.station_state_of(${row}.num_bikes_available, ${row}.num_docks_available, ${row}.flags) = 'closed' then -1
      else coalesce(${sql.identifier([of, column])}, -1) end::int4`;
};

export type HistoryOfSystem = { station_keys: number[]; history: RecordedHistory };

/** The last `days` days of a system's present stations, read day by day. */
export async function readRecordedHistory(
  db: CommonQueryMethods,
  { system_key, timezone, days }: { system_key: number; timezone: string; days: number },
): Promise<HistoryOfSystem | null> {
  const spans = (
    await db.any(sql.type(SpanRow)`
      select extract(epoch from from_at)::float8 as from_s, extract(epoch from to_at)::float8 as to_s
      from velolog.coverage
      join velolog.feed using (feed_key)
      where feed.system_key = ${system_key} and feed.feed = 'station_status' and outcome = 'observed'
        and to_at >= now() - ${days} * interval '1 day'
      order by from_at`)
  ).map(({ from_s, to_s }) => ({ from: from_s, to: to_s }));
  const to = spans.at(-1)?.to;
  if (to === undefined) return null;
  const stations = await readStations(db, system_key);
  const from = Math.max(
    spans[0]?.from ?? to,
    to - Math.min(days, Math.ceil(daysHeld(stations.length))) * DAY_SECONDS,
  );
  const byKey: Stations = new Map(
    stations.map(({ station_key, station_id }) => [
      station_key,
      { station_id, times: [], bikes: [], docks: [], absences: [] },
    ]),
  );
  await addFirstValues(db, byKey, system_key, from);
  for (let day = from; day <= to; day += DAY_SECONDS) {
    await addChanges(db, byKey, system_key, day, Math.min(to + 1, day + DAY_SECONDS));
  }
  await addAbsences(db, byKey, system_key, from);
  return {
    station_keys: [...byKey.keys()],
    history: { timezone, from, to, stations: [...byKey.values()].map(packed), spans },
  };
}

async function readStations(db: CommonQueryMethods, system_key: number) {
  return db.any(sql.type(StationRow)`
    select station.station_key, station.station_id
    from velolog.station
    join velolog.station_state as state using (station_key)
    where station.system_key = ${system_key}
      and not exists (
        select from velolog.station_absence as absence
        where absence.station_key = station.station_key and absence.to_at is null and absence.from_at > state.observed_at
      )
    order by station.station_key`);
}

type ReadStation = Omit<RecordedHistory['stations'][number], 'times' | 'bikes' | 'docks'> & {
  times: number[];
  bikes: number[];
  docks: number[];
};
type Stations = Map<number, ReadStation>;

/** Half the memory, and it changes threads without a copy. The lists it was made of are left empty, so that both are not held at once. */
function packed(station: ReadStation): RecordedHistory['stations'][number] {
  const { station_id, absences } = station;
  const times = Float64Array.from(station.times.splice(0));
  const bikes = Int16Array.from(station.bikes.splice(0));
  const docks = Int16Array.from(station.docks.splice(0));
  return { station_id, times, bikes, docks, absences };
}

/** What each station held when the history begins. */
async function addFirstValues(
  db: CommonQueryMethods,
  stations: Stations,
  system_key: number,
  from: number,
): Promise<void> {
  add(
    stations,
    await db.any(sql.type(ChangesRow)`
      select station.station_key, array[extract(epoch from first.observed_at)::float8] as times,
        array[${counted('num_bikes_available', 'first')}] as bikes, array[${counted('num_docks_available', 'first')}] as docks
      from velolog.station
      cross join lateral (
        select * from velolog.station_status as status
        where status.station_key = station.station_key and status.observed_at < to_timestamp(${from})
        order by status.observed_at desc limit 1
      ) as first
      where station.system_key = ${system_key}`),
  );
}

async function addChanges(
  db: CommonQueryMethods,
  stations: Stations,
  system_key: number,
  from: number,
  to: number,
): Promise<void> {
  add(
    stations,
    await db.any(sql.type(ChangesRow)`
      select status.station_key, array_agg(extract(epoch from status.observed_at)::float8 order by status.observed_at) as times,
        array_agg(${counted('num_bikes_available', 'status')} order by status.observed_at) as bikes,
        array_agg(${counted('num_docks_available', 'status')} order by status.observed_at) as docks
      from velolog.station_status as status
      join velolog.station using (station_key)
      where station.system_key = ${system_key} and status.observed_at >= to_timestamp(${from}) and status.observed_at < to_timestamp(${to})
      group by status.station_key`),
  );
}

function add(stations: Stations, rows: readonly z.infer<typeof ChangesRow>[]): void {
  for (const { station_key, times, bikes, docks } of rows) {
    const station = stations.get(station_key);
    if (station === undefined) continue;
    for (const time of times) station.times.push(time);
    for (const count of bikes) station.bikes.push(count);
    for (const count of docks) station.docks.push(count);
  }
}

async function addAbsences(
  db: CommonQueryMethods,
  stations: Stations,
  system_key: number,
  from: number,
): Promise<void> {
  const rows = await db.any(sql.type(SpanRow.extend({ station_key: z.number() }))`
    select station_key, extract(epoch from from_at)::float8 as from_s, extract(epoch from coalesce(to_at, from_at))::float8 as to_s
    from velolog.station_absence
    join velolog.station using (station_key)
    where station.system_key = ${system_key} and to_at >= to_timestamp(${from})
    order by from_at`);
  for (const { station_key, from_s, to_s } of rows)
    stations.get(station_key)?.absences.push({ from: from_s, to: to_s });
}
