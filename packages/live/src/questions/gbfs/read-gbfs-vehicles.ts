import { namesOf } from '@velolog/gbfs/feeds';
import type { VehicleType } from '../../api/vehicle.ts';
import type { Reader } from '../../database/reader.ts';
import { readNextObservation } from './read-gbfs-stations.ts';

export type GbfsVehicle = {
  vehicle_type_id: string | null;
  lat: number | null;
  lon: number | null;
  station_id: string | null;
  state: 'available' | 'reserved' | 'disabled';
  range_meters: number | null;
};

export type VehiclesAt = { observedAt: string | null; isSeen: boolean; vehicles: GbfsVehicle[] };

const FEEDS = namesOf('vehicle_status');

/** @param at null for the present */
export async function readGbfsVehicles(
  reader: Reader,
  systemId: string,
  at: Date | null,
): Promise<VehiclesAt> {
  const [span] = await reader.query<{ observed_at: string; is_seen: boolean }>(
    `select least(span.polled_at, $2) as observed_at, span.to_at >= coalesce($2, 'infinity') as is_seen
     from api.held_span as span
     where span.system_id = $1 and span.feed = any($3) and ($2::timestamptz is null or span.from_at <= $2)
       and ($2 is not null or span.feed = (select feed.feed from api.vehicle_feed as feed where feed.system_id = $1))
     order by span.from_at desc limit 1`,
    [systemId, at, FEEDS],
  );
  if (span === undefined) return { observedAt: null, isSeen: false, vehicles: [] };
  if (!span.is_seen) return { observedAt: span.observed_at, isSeen: false, vehicles: [] };
  // Sorted by their values, so that the order reveals nothing about how they were stored.
  const order = 'order by lat, lon, station_id, vehicle_type_id, state';
  const vehicles =
    at === null
      ? await reader.query<GbfsVehicle>(
          `select vehicle_type_id, lat, lon, station_id, state, range_meters from api.vehicle_current
           where system_id = $1 ${order}, range_meters`,
          [systemId],
        )
      : await reader.query<GbfsVehicle>(
          `select vehicle_type_id, lat, lon, station_id, state, null::integer as range_meters
           from api.vehicle_stay_between($2::timestamptz, $2::timestamptz + interval '1 ms', $1) ${order}`,
          [systemId, at],
        );
  return { observedAt: span.observed_at, isSeen: true, vehicles };
}

export async function readNextVehicles(
  reader: Reader,
  systemId: string,
  after: Date,
): Promise<string | null> {
  return await readNextObservation(reader, systemId, FEEDS, after);
}

/** The types that were valid at a moment. @param at null for the present */
export async function readGbfsVehicleTypes(
  reader: Reader,
  systemId: string,
  at: Date | null,
): Promise<VehicleType[]> {
  return await reader.query<VehicleType>(
    `select vehicle_type_id, form_factor, propulsion_type, name, make, model, max_range_meters, rider_capacity
     from api.vehicle_type
     where system_id = $1 and valid_from <= coalesce($2, now()) and (valid_to is null or valid_to > coalesce($2, now()))
     order by vehicle_type_id collate "C"`,
    [systemId, at],
  );
}
