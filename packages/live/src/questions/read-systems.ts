import type { System, SystemDetail } from '../api/system.ts';
import type { Reader } from '../database/reader.ts';

type Row = Omit<System, 'simulated'>;

const HIDES_STATIONS = '(now.stations_are_archive and not system.is_archive)';
const HIDES_VEHICLES = '(now.vehicles_are_archive and not system.is_archive)';

/**
 * All systems, or the requested one, with their totals. The store keeps the totals of stations, so their cost does not depend on the
 * number of stations.
 */
export async function readSystems(reader: Reader, systemId: string | null = null): Promise<System[]> {
  const rows = await reader.query<Row>(
    `select
       system.system_id, system.name, system.operator, system.timezone, now.country, system.url, system.license_url, system.stations,
       vehicle.totals as vehicles, feed.observed_at as vehicles_observed_at, now.stations_are_archive, now.vehicles_are_archive,
       coalesce(system.first_observed_at, first.from_at) as first_observed_at,
       case when feed.feed = health.feed then feed.observed_at else coalesce(system.last_observed_at, feed.observed_at) end as last_observed_at,
       system.is_archive,
       now.bikes, now.docks, now.ebikes,
       now.empty, now."full", now.closed, now.unknown,
       health.age_seconds, health.overdue, of_vehicles.overdue as vehicles_overdue, now.bounds
     from api.system
     join api.system_current as now on now.system_id = system.system_id
     left join api.vehicle_feed as feed on feed.system_id = system.system_id and feed.observed_at is not null
     left join (
       select system_id,
         json_agg(json_build_object('form_factor', form_factor, 'available', available, 'reserved', reserved,
           'disabled', disabled, 'docked', docked_vehicles) order by form_factor collate "C" nulls last) as totals
       from api.vehicle_total
       where $1::text is null or system_id = $1
       group by system_id
     ) as vehicle on vehicle.system_id = system.system_id and not ${HIDES_VEHICLES}
     left join lateral (
       select from_at from api.feed_coverage
       where system.first_observed_at is null and feed_coverage.system_id = feed.system_id
         and feed_coverage.feed = feed.feed and outcome = 'observed'
       order by from_at limit 1
     ) as first on true
     -- An imported feed of a system that is polled otherwise is neither late nor on time.
     left join api.feed_health as health on health.system_id = system.system_id
       and health.feed = case when feed.feed is not null and (system.last_observed_at is null or ${HIDES_STATIONS} and not now.vehicles_are_archive)
         then feed.feed else 'station_status' end
       and (system.is_archive or not health.is_archive)
     left join api.feed_health as of_vehicles on of_vehicles.system_id = feed.system_id and of_vehicles.feed = feed.feed
       and not ${HIDES_VEHICLES}
     where $1::text is null or system.system_id = $1
     order by system.system_id`,
    [systemId],
  );
  return rows.map((row) => ({
    ...row,
    vehicles: row.vehicles ?? (isKnownEmpty(row) ? [] : null),
    simulated: isSimulated(row),
  }));
}

/** An empty list is a known state: nothing is parked. An imported one says nothing about a system that is polled. */
function isKnownEmpty({ vehicles_observed_at, vehicles_are_archive, is_archive }: Row): boolean {
  return vehicles_observed_at !== null && (is_archive || !vehicles_are_archive);
}

type Offer = Pick<
  SystemDetail,
  'stations' | 'bikes' | 'docks' | 'ebikes' | 'empty' | 'full' | 'closed' | 'unknown' | 'stations_left_out'
>;

/** The totals of a system without its frozen stations. */
export async function readOfferWithoutFlagged(reader: Reader, systemId: string): Promise<Offer> {
  const [offer] = await reader.query<Offer>(
    `select stations, bikes, docks, ebikes, empty, "full", closed, unknown, stations_left_out from api.system_offer($1, true)`,
    [systemId],
  );
  return offer as Offer;
}

/** The simulator states it itself, in what it publishes (packages/simulator/src/published-system.ts). */
function isSimulated({ name, operator }: Pick<System, 'name' | 'operator'>): boolean {
  return operator === 'Velolog simulator' || /\(simulated\)/i.test(name ?? '');
}
