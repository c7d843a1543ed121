import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import { type StationSummary, summariseStations } from '../memory/summary/summarise-stations.ts';
import { summariseVehicles, type VehicleSummary } from '../memory/summary/summarise-vehicles.ts';
import type { FeedState } from '../memory/system-state.ts';
import { numberArray } from './sql-arrays.ts';

/**
 * Brings to the state of this transaction what systems offer now. Counts are added up in memory; where stations are, and which types are
 * e-bikes, the tables alone know, so this comes after all other writes.
 */
export async function writeSummaries(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  const stations: [FeedState, StationSummary][] = [];
  const vehicles: [FeedState, VehicleSummary][] = [];
  // In one order, whoever writes them.
  for (const [feed, kind] of [...writes.summaries].sort(([a], [b]) => a.feed_key - b.feed_key)) {
    if (feed.live === null) continue;
    if (kind === 'stations') stations.push([feed, summariseStations(feed.live)]);
    else vehicles.push([feed, summariseVehicles(feed.live.vehicles)]);
  }
  if (stations.length > 0) await writeStations(transaction, stations);
  if (vehicles.length > 0) await writeVehicles(transaction, vehicles);
  const telling = stations
    .filter(([, { tell_types }]) => tell_types > 0)
    .map(([feed]) => feed.system.system_key);
  await writeEbikes(transaction, new Set([...telling, ...keysOf(writes.typeDefinitions)]));
  const listedNew = Array.from(writes.stations.values(), ({ system }) => system.system_key);
  await writePlaces(transaction, new Set([...listedNew, ...keysOf(writes.information)]));
}

function keysOf(gathered: Map<{ system_key: number }, unknown>): number[] {
  return Array.from(gathered.keys(), ({ system_key }) => system_key);
}

async function writeStations(
  transaction: DatabaseTransactionConnection,
  summaries: [FeedState, StationSummary][],
): Promise<void> {
  const column = (read: (summary: StationSummary) => number | null) =>
    numberArray(summaries.map(([, summary]) => read(summary)));
  // Where no type is told any more there is nothing to add up.
  await transaction.query(sql.unsafe`
    insert into velolog.station_summary as summary (feed_key, stations, bikes, docks, empty, "full", closed, unknown)
    select feed_key, stations, bikes, docks, empty, "full", closed, unknown
    from unnest(
      ${numberArray(summaries.map(([feed]) => feed.feed_key))}::int4[],
      ${column(({ stations }) => stations)}::int4[],
      ${column(({ bikes }) => bikes)}::int8[],
      ${column(({ docks }) => docks)}::int8[],
      ${column(({ empty }) => empty)}::int4[],
      ${column(({ full }) => full)}::int4[],
      ${column(({ closed }) => closed)}::int4[],
      ${column(({ unknown }) => unknown)}::int4[]
    ) as new (feed_key, stations, bikes, docks, empty, "full", closed, unknown)
    on conflict (feed_key) do update set
      stations = excluded.stations, bikes = excluded.bikes, docks = excluded.docks, empty = excluded.empty, "full" = excluded."full",
      closed = excluded.closed, unknown = excluded.unknown, ebikes = null, types_without_ebikes = 0`);
}

async function writeVehicles(
  transaction: DatabaseTransactionConnection,
  summaries: [FeedState, VehicleSummary][],
): Promise<void> {
  const column = (read: (summary: VehicleSummary) => number | null) =>
    numberArray(summaries.map(([, summary]) => read(summary)));
  await transaction.query(sql.unsafe`
    insert into velolog.vehicle_summary (feed_key, available, reserved, disabled, at_station, west, south, east, north)
    select feed_key, available, reserved, disabled, at_station, west / 1e5::float8, south / 1e5::float8, east / 1e5::float8, north / 1e5::float8
    from unnest(
      ${numberArray(summaries.map(([feed]) => feed.feed_key))}::int4[],
      ${column(({ available }) => available)}::int4[],
      ${column(({ reserved }) => reserved)}::int4[],
      ${column(({ disabled }) => disabled)}::int4[],
      ${column(({ at_station }) => at_station)}::int4[],
      ${column(({ west_e5 }) => west_e5)}::int4[],
      ${column(({ south_e5 }) => south_e5)}::int4[],
      ${column(({ east_e5 }) => east_e5)}::int4[],
      ${column(({ north_e5 }) => north_e5)}::int4[]
    ) as new (feed_key, available, reserved, disabled, at_station, west, south, east, north)
    on conflict (feed_key) do update set
      available = excluded.available, reserved = excluded.reserved, disabled = excluded.disabled, at_station = excluded.at_station,
      west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north`);
}

/** Station by station as in `api.station_current`: a sum over the types of a system would count what one station leaves unclear. */
async function writeEbikes(
  transaction: DatabaseTransactionConnection,
  system_keys: Set<number>,
): Promise<void> {
  if (system_keys.size === 0) return;
  await transaction.query(sql.unsafe`
    update velolog.station_summary as summary
    set ebikes = told.ebikes, types_without_ebikes = told.types_without_ebikes
    from velolog.feed
    join (
      select system_key,
        sum(case when own is not null then own when not is_unclear and has_electric then electric end) as ebikes,
        count(*) filter (where own is null and not is_unclear and not coalesce(has_electric, false) and is_whole) as types_without_ebikes
      from (
        select station.system_key,
          max(counted.num_available) filter (where counted.vehicle_type_key = 0) as own,
          coalesce(bool_or(counted.num_available is distinct from 0 and (type.form_factor is null
              or type.form_factor in ('bicycle', 'cargo_bicycle') and type.propulsion_type is null)) filter (where counted.vehicle_type_key <> 0), false)
            or coalesce(bool_or(type.is_electric and counted.num_available is null) filter (where counted.vehicle_type_key <> 0), false)
            as is_unclear,
          bool_or(type.is_electric) filter (where counted.vehicle_type_key <> 0) as has_electric,
          sum(counted.num_available) filter (where counted.vehicle_type_key <> 0 and type.is_electric) as electric,
          bool_and(counted.num_available is not null) filter (where counted.vehicle_type_key <> 0) as is_whole
        from velolog.station
        join velolog.station_state as state using (station_key)
        join velolog.station_type_state as counted using (station_key)
        left join (
          select vehicle_type_key, form_factor, propulsion_type,
            form_factor in ('bicycle', 'cargo_bicycle') and propulsion_type <> 'human' as is_electric
          from velolog.vehicle_type
        ) as type on type.vehicle_type_key = counted.vehicle_type_key
        where station.system_key = any(${numberArray(system_keys)}::int4[])
          and not exists (
            select from velolog.station_absence as absence
            where absence.station_key = state.station_key and absence.to_at is null and absence.from_at > state.observed_at
          )
        group by station.system_key, station.station_key
      ) as by_station
      group by system_key
    ) as told using (system_key)
    where summary.feed_key = feed.feed_key`);
}

async function writePlaces(
  transaction: DatabaseTransactionConnection,
  system_keys: Set<number>,
): Promise<void> {
  if (system_keys.size === 0) return;
  await transaction.query(sql.unsafe`
    update velolog.station_summary as summary
    set west = place.west, south = place.south, east = place.east, north = place.north
    from velolog.feed
    join (
      select station.system_key, min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
      from velolog.station
      join velolog.station_state using (station_key)
      where station.system_key = any(${numberArray(system_keys)}::int4[])
      group by station.system_key
    ) as place using (system_key)
    where summary.feed_key = feed.feed_key
      and (summary.west, summary.south, summary.east, summary.north) is distinct from (place.west, place.south, place.east, place.north)`);
}
