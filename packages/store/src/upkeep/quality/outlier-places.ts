import { type CommonQueryMethods, sql } from 'slonik';
import { z } from 'zod';
import { numberArray, textArray } from '../../tables/sql-arrays.ts';
import type { Check } from './check.ts';
import { IS_LISTED, POLLED } from './polled-feeds.ts';

const PlaceRow = z.object({
  system_key: z.number(),
  station_ids: z.array(z.string()),
  lats: z.array(z.number()),
  lons: z.array(z.number()),
});

type OutlierPlace = { system_key: number; station_id: string; nearest_km: number; limit_km: number };

const STATIONS_MIN = 5;
const FLOOR_KM = 1;
const KM_PER_DEGREE = 111.2;

export const outlierPlaceCheck: Check = {
  flags: ['outlier_place'],
  found: async (db) => {
    const places = await findOutlierPlaces(db);
    return sql.fragment`
      with ${POLLED}
      select polled.system_key, polled.feed, place.station_id, 'outlier_place' as flag, polled.seen_at as since, polled.seen_at,
        jsonb_build_object('nearest_km', round(place.nearest_km::numeric, 1), 'limit_km', round(place.limit_km::numeric, 1)) as evidence
      from polled
      join unnest(
        ${numberArray(places.map((place) => place.system_key))}::int4[],
        ${textArray(places.map((place) => place.station_id))}::text[],
        ${numberArray(places.map((place) => place.nearest_km))}::float8[],
        ${numberArray(places.map((place) => place.limit_km))}::float8[]
      ) as place (system_key, station_id, nearest_km, limit_km) using (system_key)
      where polled.feed = 'station_information'`;
  },
};

/**
 * Stations far from all others of their system: the nearest other station is further away than 1 km and than the median plus three times the
 * median deviation.
 */
async function findOutlierPlaces(db: CommonQueryMethods): Promise<OutlierPlace[]> {
  const systems = await db.any(sql.type(PlaceRow)`
    with ${POLLED}
    select polled.system_key, array_agg(station.station_id order by station.lat) as station_ids,
      array_agg(station.lat order by station.lat) as lats, array_agg(station.lon order by station.lat) as lons
    from polled
    join velolog.station using (system_key)
    where polled.feed = 'station_information' and polled.seen_at is not null and station.lat is not null and station.lon is not null
      and not (abs(station.lat) < 0.01 and abs(station.lon) < 0.01)
      and ${IS_LISTED}
    group by polled.system_key
    having count(*) >= ${STATIONS_MIN}`);
  return systems.flatMap((system) => outliersOf(system));
}

/** @param lats ascending */
function outliersOf({ system_key, station_ids, lats, lons }: z.infer<typeof PlaceRow>): OutlierPlace[] {
  const nearest = nearestKm(lats, lons);
  const middle = median(nearest);
  const spread = median(nearest.map((km) => Math.abs(km - middle)));
  const limit_km = Math.max(FLOOR_KM, middle + 3 * spread);
  return nearest.flatMap((km, at) =>
    km > limit_km ? [{ system_key, station_id: station_ids[at] as string, nearest_km: km, limit_km }] : [],
  );
}

/**
 * The distance from each place to the nearest other. Places are sorted by latitude, and the search stops when the latitude alone is
 * too far away.
 */
function nearestKm(lats: readonly number[], lons: readonly number[]): number[] {
  return lats.map((lat, at) => {
    const lonKm = KM_PER_DEGREE * Math.cos((lat * Math.PI) / 180);
    let best = Number.POSITIVE_INFINITY;
    for (const step of [-1, 1]) {
      for (let other = at + step; other >= 0 && other < lats.length; other += step) {
        const northKm = Math.abs((lats[other] as number) - lat) * KM_PER_DEGREE;
        if (northKm >= best) break;
        const eastKm = ((lons[other] as number) - (lons[at] as number)) * lonKm;
        best = Math.min(best, Math.hypot(northKm, eastKm));
      }
    }
    return best;
  });
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] as number;
}
