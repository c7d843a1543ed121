import { type DatabaseTransactionConnection, sql } from 'slonik';
import type { PendingWrites } from '../memory/pending-writes.ts';
import { type StationSummary, summariseStations } from '../memory/summary/summarise-stations.ts';
import { summariseVehicles, type VehicleSummary } from '../memory/summary/summarise-vehicles.ts';
import type { FeedState } from '../memory/system-state.ts';
import { numberArray } from './sql-arrays.ts';

/**
 * Updates the current offer of systems to the state of this transaction. Counts are summed in memory, but only the
 * tables know where stations are and which types are e-bikes, so this comes after all other writes.
 */
export async function writeSummaries(
  transaction: DatabaseTransactionConnection,
  writes: PendingWrites,
): Promise<void> {
  const stations: [FeedState, StationSummary][] = [];
  const vehicles: [FeedState, VehicleSummary][] = [];
  // Every worker writes them in the same order, so that no two wait for each other.
  for (const [feed, kind] of [...writes.summaries].sort(([a], [b]) => a.feed_key - b.feed_key)) {
    if (feed.live === null) continue;
    if (kind === 'stations') stations.push([feed, summariseStations(feed.live)]);
    else vehicles.push([feed, summariseVehicles(feed.live.vehicles.open())]);
  }
  if (stations.length > 0) await writeStations(transaction, stations);
  if (vehicles.length > 0) {
    await writeVehicles(transaction, vehicles);
    await writeVehicleTypes(transaction, vehicles);
  }
  const telling = stations
    .filter(([, { tell_types }]) => tell_types > 0)
    .map(([feed]) => feed.system.system_key);
  const ebikes = new Set([...telling, ...keysOf(writes.typeDefinitions)]);
  if (ebikes.size > 0)
    await transaction.query(sql.unsafe`select velolog.add_up_ebikes(${numberArray(ebikes)}::int4[])`);
  const listedNew = Array.from(writes.stations.values(), ({ system }) => system.system_key);
  const listedEarlier = Array.from(writes.earlierInformation.values(), ({ feed }) => feed.system.system_key);
  const places = new Set([...listedNew, ...keysOf(writes.information), ...listedEarlier]);
  if (places.size > 0)
    await transaction.query(sql.unsafe`select velolog.add_up_places(${numberArray(places)}::int4[])`);
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
  // If the feed no longer gives types, there is nothing to sum.
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

/** Replaces all types of a list at once: a type without a vehicle has no row. */
async function writeVehicleTypes(
  transaction: DatabaseTransactionConnection,
  summaries: [FeedState, VehicleSummary][],
): Promise<void> {
  const rows = summaries.flatMap(([feed, { types }]) =>
    Array.from(types, ([id, counts]) => ({
      ...counts,
      feed_key: feed.feed_key,
      type_key: id === null ? 0 : (feed.system.vehicle_types.get(id) ?? 0),
    })),
  );
  const column = (read: (row: (typeof rows)[number]) => number | null) => numberArray(rows.map(read));
  const feeds = numberArray(summaries.map(([feed]) => feed.feed_key));
  await transaction.query(sql.unsafe`
    with new as (
      select feed_key, vehicle_type_key, available, reserved, disabled, docked,
        west / 1e5::float8 as west, south / 1e5::float8 as south, east / 1e5::float8 as east, north / 1e5::float8 as north
      from unnest(
        ${column(({ feed_key }) => feed_key)}::int4[],
        ${column(({ type_key }) => type_key)}::int4[],
        ${column(({ available }) => available)}::int4[],
        ${column(({ reserved }) => reserved)}::int4[],
        ${column(({ disabled }) => disabled)}::int4[],
        ${column(({ docked }) => docked)}::int4[],
        ${column(({ west_e5 }) => west_e5)}::int4[],
        ${column(({ south_e5 }) => south_e5)}::int4[],
        ${column(({ east_e5 }) => east_e5)}::int4[],
        ${column(({ north_e5 }) => north_e5)}::int4[]
      ) as told (feed_key, vehicle_type_key, available, reserved, disabled, docked, west, south, east, north)
    ), gone as (
      delete from velolog.vehicle_type_summary as kept
      where feed_key = any(${feeds}::int4[]) and not exists (
        select from new where new.feed_key = kept.feed_key and new.vehicle_type_key = kept.vehicle_type_key
      )
    )
    insert into velolog.vehicle_type_summary (feed_key, vehicle_type_key, available, reserved, disabled, docked, west, south, east, north)
    select * from new
    on conflict (feed_key, vehicle_type_key) do update set
      available = excluded.available, reserved = excluded.reserved, disabled = excluded.disabled, docked = excluded.docked,
      west = excluded.west, south = excluded.south, east = excluded.east, north = excluded.north`);
}
