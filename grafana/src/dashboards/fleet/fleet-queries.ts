import { VEHICLE_FEEDS } from '../../questions/coverage-spans.ts';
import { END, type SqlQuery, STEP_SECONDS, sqlSeries, sqlTable, WINDOW } from '../../questions/sql-query.ts';

/** The queries of the fleet dashboard. `system` is SQL text that gives a system_id. */

/** Whether the vehicles of the system were observed at a time. */
const isObserved = (system: string, at = END): string =>
  `exists (select from api.held_span where system_id = ${system} and ${VEHICLE_FEEDS} and ${at} between from_at and to_at)`;

/** The vehicles that stood somewhere at the end of the time on screen: rows of api.vehicle_stay_between, or none if that time was not observed. */
export const fleetAtEnd = (system: string): string =>
  `(select * from api.vehicle_stay_between(${END}, ${END}, ${system}) where ${isObserved(system)})`;

/** An aggregate over those vehicles; null if not observed. @param count the aggregate in SQL */
export const ofFleet = (system: string, name: string, count: string): SqlQuery =>
  sqlTable(`
    select case when ${isObserved(system)} then ${count} end as "${name}"
    from api.vehicle_stay_between(${END}, ${END}, ${system})`);

/** Values that say why there is no share, to show instead of one. (Null means not observed.) */
export const NO_VEHICLE = -2;
export const NONE_TELLS = -1;

/** The share of the vehicles that can be rented now, outside of stations, with less than 5 km of range. */
export const lowRangeQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      case
        when not ${isObserved(system, 'now()')} then null
        when count(*) = 0 then ${NO_VEHICLE}
        else coalesce(avg((range_meters < 5000)::integer), ${NONE_TELLS})
      end::double precision as "Low range"
    from api.vehicle_current
    where system_id = ${system} and state = 'available' and station_id is null`);

export const ageOfList = (system: string) => ({
  age: `round(extract(epoch from ${END} - max(least(polled_at, ${END}))))::double precision`,
  unseen: `not ${isObserved(system)}`,
  from: `api.held_span
    where system_id = ${system} and ${VEHICLE_FEEDS} and from_at <= ${END}
      and (${isObserved(system)} or not exists (select from api.vehicle_feed where system_id = ${system} and is_archive))`,
});

export const countsQuery = (system: string): SqlQuery =>
  sqlSeries(`
    select at as time, sum(disabled) as "Disabled", sum(reserved) as "Reserved", sum(available) as "To rent"
    from api.vehicle_count_between(${WINDOW}, ${system}, ${STEP_SECONDS})
    group by 1
    order by 1`);

/** Everyday names of vehicle kinds, with their form factors in SQL. */
const KINDS: Record<string, string> = {
  Bicycles: "form_factor in ('bicycle', 'cargo_bicycle')",
  Scooters: "form_factor in ('scooter', 'scooter_standing', 'scooter_seated')",
  Mopeds: "form_factor = 'moped'",
  Cars: "form_factor = 'car'",
  'Other or unknown': "form_factor is null or form_factor = 'other'",
};

/** A kind that the system did not have in this time gets no line. */
export const kindsQuery = (system: string): SqlQuery =>
  sqlSeries(`
    select
      at as time,
      ${Object.entries(KINDS)
        .map(([name, when]) => {
          const sum = `sum(vehicles) filter (where ${when})`;
          return `case when max(${sum}) over () > 0 and count(vehicles) > 0 then coalesce(${sum}, 0) end as "${name}"`;
        })
        .join(',\n      ')}
    from api.vehicle_count_between(${WINDOW}, ${system}, ${STEP_SECONDS})
    group by 1
    order by 1`);

export const changesQuery = (system: string): SqlQuery =>
  sqlSeries(`
    select
      $__timeGroupAlias(observed_at, $__interval),
      sum(appeared) as "Appeared",
      -sum(vanished) as "Vanished"
    from api.vehicle_change_between(${WINDOW}, ${system})
    where gap_seconds = 0
    group by 1
    order by 1`);

/** Counts vehicles by ranges of a value, each range with a name; the last has no upper limit. Returns no rows if not observed. */
const distribution = (
  name: string,
  buckets: readonly [text: string, from: number, to: number | null][],
  { value, vehicles, observed }: { value: string; vehicles: string; observed: string },
): SqlQuery =>
  sqlTable(`
    select bucket.text as "${name}", count(vehicle.value) as "Vehicles"
    from (
      values ${buckets.map(([text, from, to], number) => `(${number}, '${text}', ${from}, ${to ?? "'infinity'"}::double precision)`).join(', ')}
    ) as bucket (number, text, from_value, to_value)
    left join (
      select ${value} as value from ${vehicles}
    ) as vehicle on vehicle.value >= bucket.from_value and vehicle.value < bucket.to_value
    where ${observed}
    group by bucket.number, bucket.text
    order by bucket.number
    limit 20`);

const HOUR = 3600;
const DAY = 24 * HOUR;

export const idleQuery = (system: string): SqlQuery =>
  distribution(
    'Parked for',
    [
      ['under 1 h', 0, HOUR],
      ['1 to 6 h', HOUR, 6 * HOUR],
      ['6 to 24 h', 6 * HOUR, DAY],
      ['1 to 3 days', DAY, 3 * DAY],
      ['3 to 7 days', 3 * DAY, 7 * DAY],
      ['over 7 days', 7 * DAY, null],
    ],
    {
      value: `extract(epoch from ${END} - from_at)::double precision`,
      vehicles: `api.vehicle_stay_between(${END}, ${END}, ${system}) where state = 'available' and station_id is null`,
      observed: isObserved(system),
    },
  );

export const rangesQuery = (system: string): SqlQuery =>
  distribution(
    'Range',
    [
      ['not reported', -1, 0],
      ['under 5 km', 0, 5000],
      ['5 to 10 km', 5000, 10_000],
      ['10 to 20 km', 10_000, 20_000],
      ['20 to 40 km', 20_000, 40_000],
      ['over 40 km', 40_000, null],
    ],
    {
      value: 'coalesce(range_meters, -1)::double precision',
      vehicles: `api.vehicle_current where system_id = ${system} and state = 'available' and station_id is null`,
      observed: isObserved(system, 'now()'),
    },
  );

/** The hours that overlap the time on screen. */
const CELL_HOURS = (system: string): string =>
  `api.vehicle_cell_hour where system_id = ${system} and hour_at > $__timeFrom()::timestamptz - interval '1 hour' and hour_at < $__timeTo()::timestamptz`;

export const cellsQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      geohash as "Cell",
      sum(vehicles_mean) / (select count(distinct hour_at) from ${CELL_HOURS(system)}) as "Vehicles",
      sum(appeared) as "Appeared",
      sum(vanished) as "Vanished",
      sqrt(sum(vehicles_mean)) as size,
      geohash
    from ${CELL_HOURS(system)}
    group by geohash
    order by sum(vehicles_mean)
    limit 4000`);

/**
 * The cells with the most vehicles, hour by hour. An hour without vehicles is 0; an unknown hour has no row. Grafana draws a square around its
 * time, so the time is the middle of the hour. Without any rows Grafana would complain about a missing field, so one line says that there are none.
 */
export const cellHoursQuery = (system: string): SqlQuery =>
  sqlTable(`
    with cell as (
      select hour_at, geohash, sum(vehicles_mean) as vehicles
      from ${CELL_HOURS(system)}
      group by 1, 2
    ),
    most as (
      select geohash from cell group by 1 order by sum(vehicles) desc, 1 limit 20
    )
    select hour.hour_at + interval '30 minutes' as time, most.geohash as cell, coalesce(cell.vehicles, 0) as vehicles
    from most
    cross join (select distinct cell.hour_at from cell) as hour
    left join cell using (hour_at, geohash)
    union all
    select $__timeFrom()::timestamptz, 'No hour summed yet', null where not exists (select from cell)
    order by 1, 2
    limit 5000`);
