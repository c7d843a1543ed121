import type { System } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';

type Row = Omit<System, 'simulated' | 'bounds'> & {
  west: number | null;
  south: number | null;
  east: number | null;
  north: number | null;
};

/** All systems, or the one that is asked for, with their totals. */
export async function readSystems(reader: Reader, systemId: string | null = null): Promise<System[]> {
  const rows = await reader.query<Row>(
    `select
       system.system_id, system.name, system.operator, system.timezone, system.url, system.license_url, system.stations,
       vehicle.totals as vehicles, feed.observed_at as vehicles_observed_at,
       coalesce(system.first_observed_at, first.from_at) as first_observed_at,
       coalesce(system.last_observed_at, feed.observed_at) as last_observed_at, system.is_archive,
       coalesce(total.bikes, 0) as bikes, coalesce(total.docks, 0) as docks,
       coalesce(total.empty, 0) as empty, coalesce(total."full", 0) as "full", coalesce(total.closed, 0) as closed,
       coalesce(total.unknown, 0) as unknown,
       health.overdue,
       least(total.west, vehicle.west) as west, least(total.south, vehicle.south) as south,
       greatest(total.east, vehicle.east) as east, greatest(total.north, vehicle.north) as north
     from api.system
     left join (
       select system_id,
         sum(num_bikes_available) filter (where state <> 'absent') as bikes,
         sum(num_docks_available) filter (where state <> 'absent') as docks,
         count(*) filter (where state = 'empty') as empty,
         count(*) filter (where state = 'full') as "full",
         count(*) filter (where state = 'closed') as closed,
         count(*) filter (where state = 'unknown') as unknown,
         min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
       from api.station_current
       where $1::text is null or system_id = $1
       group by system_id
     ) as total using (system_id)
     left join api.vehicle_feed as feed on feed.system_id = system.system_id and feed.observed_at is not null
     left join (
       select system_id,
         json_agg(json_build_object('form_factor', form_factor, 'available', available, 'reserved', reserved,
           'disabled', disabled, 'docked', docked_vehicles) order by form_factor collate "C" nulls last) as totals,
         min(west) as west, min(south) as south, max(east) as east, max(north) as north
       from api.vehicle_total
       where $1::text is null or system_id = $1
       group by system_id
     ) as vehicle on vehicle.system_id = system.system_id
     left join lateral (
       select from_at from api.feed_coverage
       where system.first_observed_at is null and feed_coverage.system_id = feed.system_id
         and feed_coverage.feed = feed.feed and outcome = 'observed'
       order by from_at limit 1
     ) as first on true
     left join api.feed_health as health on health.system_id = system.system_id
       and health.feed = case when system.last_observed_at is null and feed.feed is not null then feed.feed else 'station_status' end
     where $1::text is null or system.system_id = $1
     order by system.system_id`,
    [systemId],
  );
  return rows.map(({ west, south, east, north, ...row }) => ({
    ...row,
    // A list that is empty is known: nothing is parked.
    vehicles: row.vehicles ?? (row.vehicles_observed_at === null ? null : []),
    simulated: isSimulated(row),
    bounds:
      west === null || south === null || east === null || north === null ? null : [west, south, east, north],
  }));
}

/** The simulator says so itself, in what it publishes (packages/simulator/src/published-system.ts). */
export function isSimulated({ name, operator }: Pick<System, 'name' | 'operator'>): boolean {
  return operator === 'Velolog simulator' || /\(simulated\)/i.test(name ?? '');
}
