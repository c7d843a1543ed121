import { sql } from 'slonik';
import type { Check } from './check.ts';
import { IS_LISTED, POLLED } from './polled-feeds.ts';

const NULL_ISLAND = sql.fragment`abs(station.lat) < 0.01 and abs(station.lon) < 0.01`;

/** What station_information says about the stations of a system as a whole. */
export const systemInformationCheck: Check = {
  flags: ['capacity_absent', 'capacity_placeholder', 'capacity_zero', 'oversized_system'],
  found: sql.fragment`
    with ${POLLED}, counted as materialized (
      select polled.system_key, polled.feed, polled.seen_at, count(*) as stations, count(station.capacity) as known,
        count(distinct station.capacity) as values, min(station.capacity) as value, count(*) filter (where station.capacity = 0) as zeros,
        (max(station.lat) filter (where not (${NULL_ISLAND})) - min(station.lat) filter (where not (${NULL_ISLAND}))) * 111.2
          * (max(station.lon) filter (where not (${NULL_ISLAND})) - min(station.lon) filter (where not (${NULL_ISLAND}))) * 111.2
          * cos(radians(avg(station.lat))) as square_km
      from polled
      join velolog.station using (system_key)
      where polled.feed = 'station_information' and polled.seen_at is not null and ${IS_LISTED}
      group by polled.system_key, polled.feed, polled.seen_at
    )
    select system_key, feed, null::text as station_id, judged.flag, seen_at as since, seen_at, judged.evidence
    from counted
    cross join lateral (values
      ('capacity_absent', stations >= 20 and stations - known >= 0.5 * stations, jsonb_build_object('stations', stations, 'without_capacity', stations - known)),
      ('capacity_placeholder', known >= 20 and values = 1 and value > 0, jsonb_build_object('stations', known, 'capacity', value)),
      ('capacity_zero', stations >= 20 and zeros >= 0.01 * stations, jsonb_build_object('stations', stations, 'with_zero', zeros)),
      ('oversized_system', square_km > 50000, jsonb_build_object('square_km', round(square_km)))
    ) as judged (flag, is_found, evidence)
    where judged.is_found`,
};

/**
 * At latitude and longitude 0, or with the two swapped: outside the middle of the system, but inside it when swapped back. Of exactly 0, 0 and of
 * places that are not on earth only the number is known: decoding leaves them out (coordinates.ts).
 */
export const swappedPlaceCheck: Check = {
  flags: ['null_island_or_swapped'],
  found: sql.fragment`
    with ${POLLED}, box as materialized (
      select polled.system_key, polled.feed, polled.seen_at, count(*) as stations,
        percentile_disc(0.25) within group (order by station.lat) as south, percentile_disc(0.75) within group (order by station.lat) as north,
        percentile_disc(0.25) within group (order by station.lon) as west, percentile_disc(0.75) within group (order by station.lon) as east
      from polled
      join velolog.station using (system_key)
      where polled.feed = 'station_information' and polled.seen_at is not null and station.lat is not null and ${IS_LISTED}
      group by polled.system_key, polled.feed, polled.seen_at
    ), wide as (
      select *, greatest(0.05, 2 * (north - south)) as high, greatest(0.05, 2 * (east - west)) as broad from box
    )
    select station.system_key, wide.feed, station.station_id, 'null_island_or_swapped' as flag, wide.seen_at as since, wide.seen_at,
      jsonb_build_object('lat', station.lat, 'lon', station.lon, 'kind', case when ${NULL_ISLAND} then 'null_island' else 'swapped' end) as evidence
    from wide
    join velolog.station using (system_key)
    where ${IS_LISTED} and ((${NULL_ISLAND})
      or wide.stations >= 5
      and station.lon between south - high and north + high and station.lat between west - broad and east + broad
      and not (station.lat between south - high and north + high and station.lon between west - broad and east + broad))
    union all
    select polled.system_key, polled.feed, null, 'null_island_or_swapped', polled.seen_at, polled.seen_at,
      jsonb_strip_nulls(jsonb_build_object('stations_at_0_0', polled.facts -> 'coerced' -> 'coordinates_zero',
        'stations_not_on_earth', polled.facts -> 'coerced' -> 'coordinates_out_of_range'))
    from polled
    where polled.feed = 'station_information' and polled.seen_at is not null
      and polled.facts -> 'coerced' ?| array['coordinates_zero', 'coordinates_out_of_range']`,
};

/**
 * An id that occurs twice in a body, or at the same place in another polled system: then one of the two is an aggregator's copy. A system that was read
 * a day before, by the rule of is_recent_reading.sql, or is not recorded any more, copies nobody now.
 */
export const duplicateIdCheck: Check = {
  flags: ['duplicate_id'],
  found: sql.fragment`
    with ${POLLED}, placed as materialized (
      select polled.system_key, polled.feed_key, polled.seen_at, station.station_id, station.lat, station.lon
      from polled
      join velolog.station using (system_key)
      where polled.feed = 'station_information' and polled.seen_at is not null and station.lat is not null and not (${NULL_ISLAND}) and ${IS_LISTED}
    ), copied as (
      select one.feed_key, jsonb_build_object('stations_of_other_systems', count(*), 'systems', jsonb_agg(distinct system.system_id)) as evidence
      from placed as one
      join placed as other using (station_id, lat, lon)
      join velolog.system on system.system_key = other.system_key
      where one.system_key <> other.system_key and other.seen_at > one.seen_at - interval '26 hours'
      group by one.feed_key
    )
    select polled.system_key, polled.feed, null::text as station_id, 'duplicate_id' as flag, polled.seen_at as since, polled.seen_at,
      jsonb_strip_nulls(jsonb_build_object('listed_twice', polled.facts -> 'skipped' -> 'duplicate')) || coalesce(copied.evidence, '{}') as evidence
    from polled
    left join copied using (feed_key)
    where polled.seen_at is not null and (copied.feed_key is not null or (polled.facts -> 'skipped') ? 'duplicate')`,
};
