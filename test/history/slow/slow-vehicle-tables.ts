import { createHash } from 'node:crypto';
import type { PollRecord } from '@velolog/stream/poll-record';
import pg from 'pg';
import { type RawVehicle, type SlowPoll, slowVehicleStays } from './slow-vehicle-stays.ts';

/**
 * What the vehicle tables must hold after these polls: stays, counts of stations by type, versions of vehicle_types.
 * Computed from the rules and the raw bodies of random-vehicle-polls.ts, feed by feed and poll by poll, without any
 * code of the store.
 */
export type SlowRead = { poll: PollRecord } | { lost: (system_id: string, feed: string) => boolean };

export type VehicleTables = Record<'vehicle_stay' | 'station_type_status' | 'feed_document', string[]>;

/** Rows as text, in a fixed order, for both programs. */
export function slowVehicleTables(reads: readonly SlowRead[]): VehicleTables {
  const feeds = new Map<string, Lanes>();
  for (const read of reads) {
    if ('lost' in read) {
      for (const lanes of feeds.values()) if (read.lost(lanes.system_id, lanes.feed)) lanes.lose();
      continue;
    }
    const { system_id, feed } = read.poll;
    const lanes = feeds.get(`${system_id} ${feed}`) ?? new Lanes(system_id, feed);
    feeds.set(`${system_id} ${feed}`, lanes);
    lanes.take(read.poll);
  }
  const tables: VehicleTables = { vehicle_stay: [], station_type_status: [], feed_document: [] };
  for (const { system_id, feed, all } of feeds.values()) {
    for (const lane of all) {
      const name = `${system_id} ${feed}`;
      if (feed === 'vehicle_types')
        tables.feed_document.push(...documentsOf(lane).map((row) => `${name} ${row}`));
      else if (feed === 'station_status')
        tables.station_type_status.push(...countsOf(lane).map((row) => `${system_id} ${row}`));
      else tables.vehicle_stay.push(...staysOf(lane).map((row) => `${name} ${row}`));
    }
  }
  for (const rows of Object.values(tables)) rows.sort();
  return tables;
}

/** `data`: the list in its body; null when it gave none. `followsOn`: the poll before was an observation, without a hole in between. */
type Look = { at: number; data: Data | null; followsOn: boolean };
type Data = { bikes?: Row[]; vehicles?: Row[]; vehicle_types?: Row[]; stations?: Row[] };
type Row = Record<string, unknown>;

type Lane = {
  from: number;
  to: number;
  looks: Look[];
  usual: number;
  run: number;
  body: { id: string; data: Data } | null;
};

/** The live stretch of a feed, and the older ones that were imported before it. */
class Lanes {
  readonly system_id: string;
  readonly feed: string;
  readonly #live: Lane[] = [];
  readonly #history: Lane[] = [];

  constructor(system_id: string, feed: string) {
    this.system_id = system_id;
    this.feed = feed;
  }

  get all(): Lane[] {
    return [...this.#history, ...this.#live];
  }

  take(poll: PollRecord): void {
    const at = poll.fetched_at.getTime();
    const [live] = this.#live;
    if (live === undefined) this.#live.push(withFirst(poll, at));
    else if (at > live.to) look(live, poll, at);
    else if (
      poll.imported &&
      at < live.from &&
      !this.#history.some(({ from, to }) => from <= at && at <= to)
    ) {
      const before = this.#history.filter(({ to }) => to < at).sort((one, other) => other.to - one.to)[0];
      if (before === undefined) this.#history.push(withFirst(poll, at));
      else look(before, poll, at);
    }
  }

  /** Whatever comes next, the time before it was not observed. */
  lose(): void {
    for (const live of this.#live) {
      live.run = 0;
      live.to += 1;
    }
  }
}

function withFirst(poll: PollRecord, at: number): Lane {
  const lane: Lane = { from: at, to: at, looks: [], usual: 60_000, run: 0, body: null };
  look(lane, poll, at);
  return lane;
}

/**
 * A hole is a pause of more than two minutes and of more than three times the usual time between observations
 * (api.feed_coverage).
 */
function look(lane: Lane, poll: PollRecord, at: number): void {
  const data = dataOf(lane, poll);
  const pause = at - lane.to;
  const isHole = pause > Math.max(120_000, 3 * lane.usual);
  if (data === null) lane.run = 0;
  else {
    if (lane.run === 1 || (lane.run > 0 && !isHole))
      lane.usual = Math.round(Math.min(Math.max(pause, lane.usual / 2), lane.usual * 3));
    lane.run = lane.run > 0 && !isHole ? lane.run + 1 : 1;
  }
  lane.to = at;
  lane.looks.push({ at, data, followsOn: lane.run > 1 });
}

function dataOf(lane: Lane, poll: PollRecord): Data | null {
  if (poll.outcome === 'failed') return null;
  if (poll.outcome === 'unchanged') {
    const seenAt = lane.looks.findLast(({ data }) => data !== null)?.at ?? null;
    // The ids of the body that it confirms have been forgotten.
    if (seenAt !== null && poll.fetched_at.getTime() - seenAt > DAY_MS) return null;
    return lane.body?.id === poll.body_id ? (lane.body?.data ?? null) : null;
  }
  let data: Data;
  try {
    data = JSON.parse(poll.body.toString()).data;
  } catch {
    return null;
  }
  lane.body = { id: `${poll.system_id}/${poll.feed}/${poll.fetched_at.toISOString()}`, data };
  return data;
}

const DAY_MS = 86_400_000;

/**
 * After a day without observation ids are meaningless: everything that was there ends, and everything that is there
 * begins.
 */
function staysOf({ looks }: Lane): string[] {
  const runs: SlowPoll[][] = [[]];
  let seenAt: number | null = null;
  for (const { at, data, followsOn } of looks) {
    if (data !== null && seenAt !== null && at - seenAt > DAY_MS) {
      runs.at(-1)?.push({ at, vehicles: [], lookedBefore: false });
      runs.push([]);
    }
    if (data !== null) seenAt = at;
    runs.at(-1)?.push({ at, vehicles: data === null ? null : vehiclesOf(data), lookedBefore: followsOn });
  }
  return runs
    .flatMap(slowVehicleStays)
    .map(({ lat, lon, from, to, ...stay }) =>
      JSON.stringify([
        stay.type,
        Math.round(lat * 1e5),
        Math.round(lon * 1e5),
        stay.station,
        stay.state,
        from,
        to,
        stay.beginSeen,
        stay.endSeen,
      ]),
    );
}

function vehiclesOf({ bikes, vehicles }: Data): RawVehicle[] {
  return (bikes ?? vehicles ?? []).map((row) => ({
    id: String(row.bike_id ?? row.vehicle_id),
    lat: Number(row.lat),
    lon: Number(row.lon),
    type: (row.vehicle_type_id ?? null) as string | null,
    station: null,
    state: row.is_disabled ? 'disabled' : row.is_reserved ? 'reserved' : 'available',
  }));
}

/**
 * A row when a count differs from the last known one. A type that a list omits has a count of 0; without a list, all counts are
 * unknown.
 */
function countsOf({ looks }: Lane): string[] {
  const rows: string[] = [];
  const known = new Map<string, number | null>();
  for (const { at, data } of looks) {
    for (const station of data?.stations ?? []) {
      const counts = new Map<string | null, number | null>();
      const listed = station.vehicle_types_available as
        | { vehicle_type_id: string; count: number }[]
        | undefined;
      for (const key of known.keys()) {
        const [station_id, type] = JSON.parse(key) as [string, string | null];
        if (station_id === station.station_id)
          counts.set(type, type === null || listed === undefined ? null : 0);
      }
      for (const { vehicle_type_id, count } of listed ?? []) counts.set(vehicle_type_id, count);
      if (station.num_ebikes_available !== undefined) counts.set(null, Number(station.num_ebikes_available));
      for (const [type, count] of counts) {
        const key = JSON.stringify([station.station_id, type]);
        if (known.has(key) && known.get(key) === count) continue;
        known.set(key, count);
        rows.push(JSON.stringify([station.station_id, type, at, count]));
      }
    }
  }
  return rows;
}

function documentsOf({ looks }: Lane): string[] {
  const versions: { from: number; to: number | null; ids: string }[] = [];
  for (const { at, data } of looks) {
    if (data === null) continue;
    const types = (data.vehicle_types ?? []).toSorted((one, other) => (idOf(one) < idOf(other) ? -1 : 1));
    const ids = types.map((type) => `${idOf(type)}:${type.propulsion_type}`).join();
    const last = versions.at(-1);
    if (last?.ids === ids) continue;
    if (last !== undefined) last.to = at;
    versions.push({ from: at, to: null, ids });
  }
  return versions.map(({ from, to, ids }) => JSON.stringify([from, to, digest(ids)]));
}

const idOf = (row: Row) => String(row.vehicle_type_id);
const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

/** The same rows from the tables. */
export async function readVehicleTables(databaseUrl: string): Promise<VehicleTables> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const ask = async (query: string) =>
    (await client.query<{ of: string; row: unknown[] }>(query)).rows.map(({ of, row }) => ({ of, row }));
  const lines = (rows: { of: string; row: unknown[] }[]) =>
    rows.map(({ of, row }) => `${of} ${JSON.stringify(row)}`).sort();
  try {
    return {
      vehicle_stay: lines(await ask(STAYS)),
      station_type_status: lines(await ask(COUNTS)),
      feed_document: lines(
        (await ask(DOCUMENTS)).map(({ of, row: [from, to, types] }) => ({
          of,
          row: [from, to, digest(types as string)],
        })),
      ),
    };
  } finally {
    await client.end();
  }
}

const ms = (time: string) => `round(extract(epoch from ${time}) * 1000)`;

const STAYS = `
  select system_id || ' ' || feed as of, json_build_array(vehicle_type_id, lat_e5, lon_e5, station_id, state, ${ms('from_at')}, ${ms('to_at')},
    begin_seen, end_seen) as row
  from velolog.vehicle_stay join velolog.feed using (feed_key) join velolog.system using (system_key)
  left join (select vehicle_type_key, vehicle_type_id from velolog.vehicle_type) as type using (vehicle_type_key)`;
const COUNTS = `
  select system_id as of, json_build_array(station_id, vehicle_type_id, ${ms('observed_at')}, num_available) as row
  from velolog.station_type_status join velolog.station using (station_key) join velolog.system using (system_key)
  left join (select vehicle_type_key, vehicle_type_id from velolog.vehicle_type) as type using (vehicle_type_key)`;
const DOCUMENTS = `
  select system_id || ' ' || feed as of, json_build_array(${ms('valid_from')}, ${ms('valid_to')}, (
    select coalesce(string_agg((type ->> 'vehicle_type_id') || ':' || (type ->> 'propulsion_type'), ',' order by type ->> 'vehicle_type_id' collate "C"), '')
    from jsonb_array_elements(document) as type)) as row
  from velolog.feed_document join velolog.feed using (feed_key) join velolog.system using (system_key)
  where feed = 'vehicle_types'`;
