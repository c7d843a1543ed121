import { IMPLIED_TYPE_IDS } from '@velolog/gbfs/feeds/vehicle-types';
import { sql } from 'slonik';
import type { Check } from './check.ts';
import { IS_LISTED, IS_PRESENT, POLLED } from './polled-feeds.ts';

/** At most this many stations of a system are named: more would say nothing new. */
const NAMED_MAX = 100;

/** Ids of the newest vehicle_types and system_regions. An empty one defines none. */
const DEFINED = sql.fragment`
  defined as materialized (
    select polled.feed_key, definition ->> 'vehicle_type_id' as vehicle_type_id, definition ->> 'region_id' as region_id
    from polled
    cross join lateral (
      select document from velolog.feed_document as version where version.feed_key = polled.feed_key order by valid_from desc limit 1
    ) as newest
    cross join lateral jsonb_array_elements(newest.document) as definition
    where polled.feed in ('vehicle_types', 'system_regions')
  )`;

/** Stations of station_status that station_information lacks, if it lists any. */
const MISSING_IN_INFORMATION = sql.fragment`
  select station.system_key, polled.feed, station.station_id, greatest(state.observed_at, station.delisted_at) as since, polled.seen_at,
    jsonb_build_object('missing_in', 'station_information') as evidence
  from polled
  join polled as information on information.system_key = polled.system_key and information.feed = 'station_information'
  join velolog.station on station.system_key = polled.system_key
  join velolog.station_state as state using (station_key)
  where polled.feed = 'station_status' and not ${IS_LISTED} and information.seen_at > station.first_observed_at and ${IS_PRESENT}
    and exists (select from velolog.station where station.system_key = polled.system_key and ${IS_LISTED})`;

/** Stations of station_information that station_status lacks, if it has listed any: those that come first by their id. */
const MISSING_IN_STATUS = sql.fragment`
  select system_key, feed, station_id, seen_at as since, seen_at, jsonb_build_object('missing_in', 'station_status') as evidence
  from (
    select polled.*, station.station_id,
      row_number() over (partition by polled.system_key order by station.station_id collate "C") as place
    from polled
    join polled as status on status.system_key = polled.system_key and status.feed = 'station_status'
    join velolog.station on station.system_key = polled.system_key
    where polled.feed = 'station_information' and ${IS_LISTED}
      and not exists (
        select from velolog.station_state as state where state.station_key = station.station_key and ${IS_PRESENT}
      )
      and exists (
        select from velolog.station
        join velolog.station_state using (station_key)
        where station.system_key = polled.system_key
      )
  ) as missing
  where place <= ${NAMED_MAX}`;

/** Types of vehicles that are there now. What a name implies needs no definition. */
const UNDEFINED_TYPES = sql.fragment`
  select polled.system_key, polled.feed, null, polled.seen_at as since, polled.seen_at,
    jsonb_build_object('vehicle_type_ids', jsonb_agg(type.vehicle_type_id order by type.vehicle_type_id)) as evidence
  from polled
  join velolog.vehicle_type as type using (system_key)
  where polled.feed = 'vehicle_types' and polled.seen_at is not null and type.vehicle_type_key <> 0
    and lower(type.vehicle_type_id) <> all(${sql.array([...IMPLIED_TYPE_IDS], 'text')})
    and not exists (
      select from defined where defined.feed_key = polled.feed_key and defined.vehicle_type_id = type.vehicle_type_id
    )
    and exists (
      select from velolog.station_type_state as counted
      join velolog.station_state as state using (station_key)
      where counted.vehicle_type_key = type.vehicle_type_key and counted.num_available > 0 and ${IS_PRESENT}
      union all
      select from velolog.feed as listing
      join velolog.vehicle_stay as stay on stay.feed_key = listing.feed_key and stay.to_at is null
      where listing.system_key = polled.system_key and stay.vehicle_type_key = type.vehicle_type_key
    )
  group by polled.system_key, polled.feed, polled.seen_at`;

const UNDEFINED_REGIONS = sql.fragment`
  select polled.system_key, polled.feed, null, polled.seen_at as since, polled.seen_at,
    jsonb_build_object('region_ids', jsonb_agg(distinct station.region_id)) as evidence
  from polled
  join velolog.station using (system_key)
  where polled.feed = 'system_regions' and polled.seen_at is not null and station.region_id is not null and ${IS_LISTED}
    and not exists (
      select from defined where defined.feed_key = polled.feed_key and defined.region_id = station.region_id
    )
  group by polled.system_key, polled.feed, polled.seen_at`;

/**
 * One feed names an id that another does not define. Both were read; it becomes an issue if it lasts for an hour in which both were
 * observed.
 */
export const danglingIdCheck: Check = {
  flags: ['dangling_id'],
  restsOn: {
    station_status: ['station_information'],
    station_information: ['station_status'],
    vehicle_types: ['station_status', 'free_bike_status', 'vehicle_status'],
    system_regions: ['station_information'],
  },
  found: sql.fragment`
    with ${POLLED}, ${DEFINED}, dangling (system_key, feed, station_id, since, seen_at, evidence) as (
      ${sql.join([MISSING_IN_INFORMATION, MISSING_IN_STATUS, UNDEFINED_TYPES, UNDEFINED_REGIONS], sql.fragment` union all `)}
    )
    select system_key, feed, station_id, 'dangling_id' as flag, since, seen_at, evidence from dangling`,
};
