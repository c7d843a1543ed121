import { type SqlQuery, sqlSeries, sqlString, sqlTable, WINDOW } from './sql-query.ts';
import { SHARE_OF_BIKES, SIZE } from './station-map.ts';

/** The longer questions of the system dashboard. `system` is SQL text that gives a system_id. */

export const stationsNowQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      coalesce(name, station_id) as "Station",
      state as "State",
      state_since as "Since",
      num_bikes_available as "Bikes",
      num_docks_available as "Docks",
      capacity as "Capacity",
      ${SHARE_OF_BIKES} as "Share of bikes",
      round(age_seconds) as "Age of data",
      ${SIZE} as size,
      lat, lon, system_id, station_id
    from api.station_current
    where system_id = ${system} and lat is not null and lon is not null
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

/** The spells that touch the window, cut to it. */
const cutSpells = (system: string) => `
      select
        system_id, station_id, coalesce(name, station_id) as name, state,
        greatest(from_at, $__timeFrom()::timestamptz) as from_at,
        least(from_at + duration_seconds * interval '1 s', $__timeTo()::timestamptz) as to_at,
        is_open or from_at + duration_seconds * interval '1 s' > $__timeTo()::timestamptz as is_open,
        case state when 'empty' then 1 when 'full' then 2 else 3 end as code
      from api.outage_episode_between(${WINDOW}, ${system})`;

export const worstStationsQuery = (system: string): SqlQuery =>
  sqlTable(`
    select
      name as "Station",
      sum(seconds) filter (where state = 'empty') as "Empty",
      sum(seconds) filter (where state = 'full') as "Full",
      sum(seconds) filter (where state = 'closed') as "Closed",
      count(*) as "Spells",
      max(seconds) as "Longest",
      system_id,
      station_id
    from (
      select *, extract(epoch from to_at - from_at)::double precision as seconds
      from (${cutSpells(system)}
      ) as spell
    ) as cut
    group by system_id, station_id, name
    order by sum(seconds) desc
    limit 50`);

/**
 * A row where each spell begins and one where it ends, as codes: Grafana's time series carry numbers only. One that goes on keeps its code
 * to the end of the window, since Grafana draws nothing after the last row of a line.
 */
export const outageTimelineQuery = (system: string): SqlQuery =>
  sqlSeries(`
    with spell as (${cutSpells(system)}
    ),
    worst as (
      select station_id, name || ' (' || station_id || ')' as station
      from spell
      group by station_id, name
      order by sum(to_at - from_at) desc
      limit 15
    )
    select moment.at as time, worst.station, moment.code
    from worst
    join spell using (station_id)
    cross join lateral (
      values
        (spell.from_at, spell.code),
        (spell.to_at, case when spell.is_open then spell.code else 0 end)
    ) as moment (at, code)
    -- Where one spell ends and the next begins, the beginning counts.
    order by 1, 2, moment.code
    limit 20000`);

/** The days of the window and the target that the viewer has chosen: serviceTarget() in variables.ts. */
const sla = (system: string) => {
  const days = '$__timeFrom()::timestamptz::date, $__timeTo()::timestamptz::date';
  const target = ['from_hour', 'to_hour', 'tolerated_minutes'].map((name) => `${sqlString(name)}::integer`);
  return `api.sla_compliance_between(${days}, ${system}, ${target.join(', ')})`;
};

export const slaQuery = {
  perDay: (system: string): SqlQuery =>
    sqlSeries(`
      select
        greatest(day::timestamptz, $__timeFrom()::timestamptz) as time,
        avg(compliance) as "Mean of stations",
        percentile_cont(0.1) within group (order by compliance) as "Worst tenth"
      from ${sla(system)}
      where compliance is not null
      group by 1
      order by 1`),

  perStation: (system: string): SqlQuery =>
    sqlTable(`
      select
        coalesce(name, station_id) as "Station",
        sum(minutes_in_target) / nullif(sum(minutes_observed), 0) as "In target",
        round(sum(minutes_observed) / 60) as "Observed",
        max(longest_outage_minutes) as "Longest",
        sum(outages_over_tolerance) as "Too long",
        system_id,
        station_id
      from ${sla(system)}
      group by system_id, station_id, name
      having sum(minutes_observed) > 0
      order by 2, 1
      limit 50`),
};
