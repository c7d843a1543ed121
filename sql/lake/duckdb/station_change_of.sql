-- station_change of one system whose months are one file each: the rows and columns of sql/lake/station_change.sql, in a
-- fifth to a tenth of the time.
-- Grain: as there.
-- LAG runs in each file, which is sorted (sorted.pair). The first report of a station in a file has its previous one in an older file: LAG
-- over the first and last reports of each file finds it (sorted.edge), per station in order of the months. The values of the row before are the
-- last known ones because each station of the system tells a count in all its known reports or in none; other systems are not read by this text.
-- Time not observed is looked up in lists of the ends of gaps and absences, in order. Others say, for each stretch of 2^30 microseconds (18
-- minutes), which end is the first from its beginning on, and when that is: for most pairs of reports it is after both, and that is all there is to do.
-- Nearly all others have one end or two between the stretches of their reports.
-- Reads: sorted.pair and sorted.edge (of the system :system_id), files.station, files.coverage, files.station_absence. Runs in DuckDB.
with pair as not materialized (
  from sorted.pair
  union all
  select
    station_id, observed_at, lag(last_observed_at) over earlier,
    num_bikes_available, lag(last_num_bikes_available) over earlier,
    num_docks_available, lag(last_num_docks_available) over earlier
  from sorted.edge
  window earlier as (partition by station_id order by month)
),
run as not materialized (
  select from_at, lag(to_at) over (order by from_at) as previous_to_at
  from files.coverage
  where system_id = :system_id and feed = 'station_status' and outcome = 'observed'
),
gap as not materialized (
  select from_at as ended_at, cast(round(extract(epoch from (from_at - previous_to_at)) * 1000) as bigint) as ms
  from run
  where previous_to_at is not null
),
ended as not materialized (
  select null as station_id, ended_at, ms
  from gap
  union all
  select
    absent.station_id,
    absent.to_at,
    cast(round(extract(epoch from (absent.to_at - absent.last_seen_at)) * 1000) - coalesce(sum(gap.ms), 0) as bigint)
  from files.station_absence as absent
  left join gap on gap.ended_at > absent.last_seen_at and gap.ended_at <= absent.to_at
  where absent.system_id = :system_id and absent.to_at is not null
  group by absent.station_id, absent.last_seen_at, absent.from_at, absent.to_at
),
ends as not materialized (
  select
    list(ended_at order by ended_at, station_id, ms) as end_at,
    list(station_id order by ended_at, station_id, ms) as end_station_id,
    list(ms order by ended_at, station_id, ms) as end_ms
  from ended
),
-- Each list begins with the stretch in which the first month begins, and has one stretch more than the last month.
stretches as not materialized (
  select
    list(next_at order by stretch) as next_at,
    list(ends_before + 1 order by stretch) as next_end
  from (
    select
      each.stretch,
      coalesce(min(first_at) over (order by each.stretch rows between current row and unbounded following), 'infinity') as next_at,
      coalesce(sum(ends) over (order by each.stretch rows between unbounded preceding and 1 preceding), 0)::bigint as ends_before
    from (select unnest(range(:first_us >> 30, (:end_us >> 30) + 2)) as stretch) as each
    left join (
      select greatest(epoch_us(ended_at), :first_us) >> 30 as stretch, count(*) as ends, min(ended_at) as first_at from ended group by 1
    ) as ended_in on ended_in.stretch = each.stretch
  )
),
change as not materialized (
  select
    pair.*,
    next_end[(epoch_us(prev_observed_at) >> 30) - (:first_us >> 30) + 1] as first_end,
    next_end[(epoch_us(observed_at) >> 30) - (:first_us >> 30) + 2] as later_end,
    case
      when observed_at < next_at[(epoch_us(prev_observed_at) >> 30) - (:first_us >> 30) + 1] then 0
      when first_end < later_end
        then (
          case
            when end_at[first_end] > prev_observed_at and end_at[first_end] <= observed_at
              and coalesce(end_station_id[first_end] = pair.station_id, true)
              then end_ms[first_end]
            else 0
          end
          + case
            when first_end + 1 < later_end and end_at[first_end + 1] > prev_observed_at and end_at[first_end + 1] <= observed_at
              and coalesce(end_station_id[first_end + 1] = pair.station_id, true)
              then end_ms[first_end + 1]
            else 0
          end
          + case
            when first_end + 2 < later_end
              then coalesce(
                list_sum([
                  end_ms[i] for i in range(first_end + 2, later_end)
                  if end_at[i] > prev_observed_at and end_at[i] <= observed_at
                    and coalesce(end_station_id[i] = pair.station_id, true)
                ]), 0)::bigint
            else 0
          end
        )::double / 1000
      else error('A report lies outside of the month of its file: write the lake again')::double
    end as gap_seconds
  from pair, stretches, ends
  where prev_observed_at is not null
    and (num_bikes_available <> prev_num_bikes_available or num_docks_available <> prev_num_docks_available)
)
select
  :system_id as system_id,
  change.station_id,
  station.name,
  station.lat,
  station.lon,
  change.observed_at,
  change.prev_observed_at,
  change.num_bikes_available,
  change.prev_num_bikes_available,
  change.num_bikes_available - change.prev_num_bikes_available as bikes_delta,
  change.num_docks_available,
  change.prev_num_docks_available,
  change.num_docks_available - change.prev_num_docks_available as docks_delta,
  change.gap_seconds
from change
join files.station as station on station.system_id = :system_id and station.station_id = change.station_id
