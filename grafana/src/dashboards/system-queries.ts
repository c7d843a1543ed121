import { KIND, SIZE } from '../maps/station-map.ts';
import { ageOfStations } from '../panels/age-of-data.ts';
import { END, type SqlQuery, sqlString, sqlTable, stationsAtEnd, WINDOW } from '../questions/sql-query.ts';
import { STATES, stateCode } from '../station-states.ts';

/** The longer queries of the system dashboard. `system` is SQL text that gives a system_id. */

export const stationsAtTheEndQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      coalesce(name, station_id) as "Station",
      ${KIND} as "Status",
      state_since as "Since",
      num_bikes_available as "Bikes",
      num_ebikes_available as "E-bikes",
      num_docks_available as "Docks",
      capacity as "Capacity",
      ${ageOfStations('age_seconds', system)} as "Age of data",
      ${SIZE} as size,
      lat, lon, system_id, station_id
    from ${stationsAtEnd(system)} as station
    where lat is not null and lon is not null
    order by capacity desc nulls last
    limit 4000`);

export const netChangeQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      coalesce(name, station_id) as "Station",
      sum(bikes_delta) as "Net change",
      sum(greatest(bikes_delta, 0)) as "Came",
      -sum(least(bikes_delta, 0)) as "Went",
      max(gap_seconds) as "Longest gap",
      sqrt(sum(abs(bikes_delta))) as size,
      lat, lon, system_id, station_id
    from api.station_change_between(${WINDOW}, ${system})
    where lat is not null and lon is not null
    group by system_id, station_id, name, lat, lon
    having sum(abs(bikes_delta)) > 0
    order by abs(sum(bikes_delta))
    limit 4000`);

/**
 * The spells that overlap the time range, cut to it. A spell that has not ended is drawn and summed up to the last poll that saw it.
 * @param of the function that returns the spells
 */
const cutSpells = (of: 'outage_episode_between' | 'station_spell_between', system: string) => `
      select
        system_id, station_id, coalesce(name, station_id) as name, state,
        greatest(from_at, $__timeFrom()::timestamptz) as from_at,
        least(from_at + duration_seconds * interval '1 s', $__timeTo()::timestamptz) as to_at
      from api.${of}(${WINDOW}, ${system})`;

/** Whether the system was observed within the time range. Otherwise "no outage" would appear for an unknown time. */
const observed = (system: string) => `exists (
      select from api.seen_span
      where system_id = ${system} and from_at <= $__timeTo()::timestamptz and polled_at >= $__timeFrom()::timestamptz
    )`;

export const worstStationsQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      name as "Station",
      sum(seconds) filter (where state = 'empty') as "Empty",
      sum(seconds) filter (where state = 'full') as "Full",
      sum(seconds) filter (where state = 'closed') as "Closed",
      nullif(count(seconds), 0) as "Spells",
      max(seconds) as "Longest",
      system_id,
      station_id
    from (
      select system_id, station_id, name, state, extract(epoch from to_at - from_at)::double precision as seconds
      from (${cutSpells('outage_episode_between', system)}
      ) as spell
      union all
      select null, null, 'Not observed', null, null where not ${observed(system)}
    ) as cut
    group by system_id, station_id, name
    order by sum(seconds) desc
    limit 50`);

/**
 * The states of the stations that were out for the longest: one row where each spell begins and one where it ends; after that comes the next
 * spell or unobserved time. When nothing at all was observed, one line says so.
 */
export const outageTimelineQuery = (system: string): SqlQuery =>
  sqlTable(`
    with spell as (${cutSpells('station_spell_between', system)}
    ),
    worst as (
      select station_id, name || ' (' || station_id || ')' as station
      from spell
      where state in ('empty', 'full', 'closed')
      group by station_id, name
      order by sum(to_at - from_at) desc
      limit 15
    ),
    moment as (
      select $__timeFrom()::timestamptz as at, station, ${STATES.unseen.code} as code from worst
      union all
      select edge.at, station, edge.code
      from worst
      -- One that a single poll saw, the last one, has no length: it would be drawn on to the end of the screen.
      join spell on spell.station_id = worst.station_id and spell.from_at < spell.to_at
      cross join lateral (
        values (from_at, ${stateCode('state')}), (to_at, ${STATES.unseen.code})
      ) as edge (at, code)
      union all
      select $__timeFrom()::timestamptz, 'All stations', ${STATES.unseen.code} where not ${observed(system)}
    )
    -- Where one spell ends and the next begins, the beginning counts.
    select at as time, station, max(code) as code
    from moment
    group by 1, 2
    order by 1, 2
    limit 20000`);

/**
 * As many local days as the viewer chose, up to the last one whose service hours were over at the end of the time range, and the target: see
 * serviceTarget() in variables.ts. The number of days does not depend on the time range, because a range of a few hours has no whole day.
 */
const sla = (system: string) => {
  const target = ['from_hour', 'to_hour', 'tolerated_minutes'].map((name) => `${sqlString(name)}::integer`);
  const [opens, closes] = target;
  const days = `last.day - ${sqlString('sla_days')}::integer + 1, last.day`;
  return `(
      select compliance.*
      from api.system
      cross join lateral (select api.timezone_or_utc(timezone) as zone) as local
      cross join lateral (
        -- Service hours may end on the day after, so the last whole ones may have begun the day before yesterday.
        select max(day)::date as day
        from generate_series(-2, 0) as back
        cross join lateral (select date_trunc('day', ${END} at time zone zone) + make_interval(days => back) as day) as begun
        where (day + make_interval(hours => ${closes} + 24 * (${closes} <= ${opens})::integer)) at time zone zone <= ${END}
      ) as last
      cross join lateral api.sla_compliance_between(${days}, system.system_id, ${target.join(', ')}) as compliance
      where system.system_id = ${system}
    ) as of_day`;
};

/** The share of the service hours that must be known before a day or a station is called good or bad. */
const KNOWN_SHARE_MIN = 0.5;
const ifKnown = (share: string, level: string): string =>
  `case when ${share} >= ${KNOWN_SHARE_MIN} then ${level} end`;

export const slaQuery = {
  perDay: (system: string): SqlQuery =>
    sqlTable(`
      select
        to_char(day, 'YYYY-MM-DD') as "Day",
        ${ifKnown('observed', 'mean')} as "Mean of stations",
        ${ifKnown('observed', 'worst')} as "Worst tenth",
        observed as "Observed"
      from (
        select
          day,
          avg(compliance) as mean,
          percentile_cont(0.1) within group (order by compliance) as worst,
          sum(minutes_observed) / nullif(sum(minutes_of_service), 0) as observed
        from ${sla(system)}
        group by day
      ) as per_day
      order by 1
      limit 400`),

  perStation: (system: string): SqlQuery =>
    sqlTable(`
      select
        coalesce(name, station_id) as "Station",
        ${ifKnown('known', 'in_target')} as "In target",
        known as "Known",
        longest as "Longest",
        too_long as "Too long",
        system_id,
        station_id
      from (
        select
          system_id,
          station_id,
          name,
          sum(minutes_in_target) / nullif(sum(minutes_observed), 0) as in_target,
          sum(minutes_observed) / nullif(sum(minutes_of_service), 0) as known,
          60 * max(longest_outage_minutes) as longest,
          sum(outages_over_tolerance) as too_long
        from ${sla(system)}
        group by system_id, station_id, name
        having sum(minutes_observed) > 0
      ) as per_station
      order by 2, 1
      limit 50`),
};
