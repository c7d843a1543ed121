import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { daysHeld, type RecordedHistory } from './recorded-history.ts';

const DAY_SECONDS = 86_400;

const StationRow = z.object({ station_key: z.number(), station_id: z.string() });
const SpanRow = z.object({ from_s: z.number(), to_s: z.number() });
const ChangesRow = z.object({ station_key: z.number(), changes: z.instanceof(Buffer) });
/** Size of one change in `changes`: seconds after the history begins (int4), bikes and docks (int2 each). */
const CHANGE_BYTES = 8;

/**
 * Nobody takes a bike from a closed station, so its counts teach nothing about the time after it opens. counts-to-learn.ts has the same rule.
 */
const COUNT_MAX = 32_767;
const counted = (column: 'num_bikes_available' | 'num_docks_available', of: 'first' | 'status') => {
  const row = sql.identifier([of]);
  return sql.fragment`
    case when velolog.station_state_of(${row}.num_bikes_available, ${row}.num_docks_available, ${row}.flags) = 'closed' then -1
      else least(coalesce(${sql.identifier([of, column])}, -1), ${COUNT_MAX}) end::int2`;
};

export type HistoryOfSystem = { station_keys: number[]; history: RecordedHistory };

/**
 * A run of polls that were on average further apart teaches nothing. Between them counts are known to be what they were, but a
 * forecast would learn that hardly anything changes within 20 minutes.
 */
const PAUSE_MINUTES_MAX = 40;

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
        and to_at - from_at <= (polls - 1) * ${PAUSE_MINUTES_MAX} * interval '1 minute'
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
    stations.map(({ station_key, station_id }) => [station_key, { station_id, changes: [], absences: [] }]),
  );
  await addFirstValues(db, byKey, system_key, from);
  for (let day = from; day <= to; day += DAY_SECONDS) {
    await addChanges(db, byKey, system_key, from, { from: day, to: Math.min(to + 1, day + DAY_SECONDS) });
  }
  await addAbsences(db, byKey, system_key, from);
  return {
    station_keys: [...byKey.keys()],
    history: {
      timezone,
      from,
      to,
      stations: [...byKey.values()].map((station) => unpacked(station, from)),
      spans,
    },
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

type ReadStation = { station_id: string; changes: Buffer[]; absences: { from: number; to: number }[] };
type Stations = Map<number, ReadStation>;

/**
 * Typed arrays move between threads without a copy. Their sources are released station by station, so that both are never held at once.
 */
function unpacked(
  { station_id, changes, absences }: ReadStation,
  from: number,
): RecordedHistory['stations'][number] {
  const bytes = Buffer.concat(changes.splice(0));
  const size = bytes.length / CHANGE_BYTES;
  const times = new Float64Array(size);
  const bikes = new Int16Array(size);
  const docks = new Int16Array(size);
  for (let at = 0, byte = 0; at < size; at += 1, byte += CHANGE_BYTES) {
    times[at] = Math.floor(from) + bytes.readInt32BE(byte);
    bikes[at] = bytes.readInt16BE(byte + 4);
    docks[at] = bytes.readInt16BE(byte + 6);
  }
  return { station_id, times, bikes, docks, absences };
}

/**
 * One change as bytes: a million of them as numbers in rows would cost the store seconds and hundreds of megabytes.
 * Frames are at whole seconds: a change within a second appears in the next one.
 */
const packed = (of: 'first' | 'status', from: number) => sql.fragment`
  int4send(ceil(greatest(extract(epoch from ${sql.identifier([of, 'observed_at'])}) - ${Math.floor(from)}, -1))::int4)
  || int2send(${counted('num_bikes_available', of)}) || int2send(${counted('num_docks_available', of)})`;

/** The counts of each station when the history begins. */
async function addFirstValues(
  db: CommonQueryMethods,
  stations: Stations,
  system_key: number,
  from: number,
): Promise<void> {
  add(
    stations,
    await db.any(sql.type(ChangesRow)`
      select station.station_key, ${packed('first', from)} as changes
      from velolog.station
      cross join lateral (
        select * from (
          (
            select observed_at, num_bikes_available, num_docks_available, flags from velolog.station_status as status
            where status.station_key = station.station_key and status.observed_at < to_timestamp(${from})
            order by status.observed_at desc limit 1
          )
          union all
          -- The same row, kept where retention dropped its month: a station that nobody used for months.
          select observed_at, num_bikes_available, num_docks_available, flags from velolog.station_state as state
          where state.station_key = station.station_key and state.observed_at < to_timestamp(${from})
        ) as known
        order by observed_at desc limit 1
      ) as first
      where station.system_key = ${system_key}`),
  );
}

async function addChanges(
  db: CommonQueryMethods,
  stations: Stations,
  system_key: number,
  historyFrom: number,
  { from, to }: { from: number; to: number },
): Promise<void> {
  add(
    stations,
    await db.any(sql.type(ChangesRow)`
      select status.station_key, string_agg(${packed('status', historyFrom)}, '' order by status.observed_at) as changes
      from velolog.station_status as status
      join velolog.station using (station_key)
      where station.system_key = ${system_key} and status.observed_at >= to_timestamp(${from}) and status.observed_at < to_timestamp(${to})
      group by status.station_key`),
  );
}

function add(stations: Stations, rows: readonly z.infer<typeof ChangesRow>[]): void {
  for (const { station_key, changes } of rows) stations.get(station_key)?.changes.push(changes);
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
