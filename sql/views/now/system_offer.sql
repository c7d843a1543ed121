-- system_offer(system_id, leave_out_flagged): what the present stations of a system offer now, with or without flagged stations.
-- Grain: one row; its values are null where the system reports nothing. Without leave_out_flagged the numbers equal those of system_current, but are
-- summed again. With it, stations with an open station_frozen or station_zombie (data_quality_flag.is_left_out) do not count;
-- stations_left_out is the number of these. As in system_current, an imported station_status of a system that is polled otherwise has no sums, and its
-- stations count as unknown.
-- Reads: flagged_station_between, station_current, system_current. Read by: packages/live.
create function api.system_offer(system_id text, leave_out_flagged boolean default false)
returns table (
  stations integer, bikes bigint, docks bigint, ebikes bigint, empty integer, "full" integer, closed integer, unknown integer, stations_left_out integer
)
language sql stable
as $$
  with now as materialized (
    select not stations_are_archive or is_archive as is_shown from api.system_current where system_current.system_id = $1
  ),
  present as (
    select station.*, now.is_shown, $2 and station.station_id in (
      select flagged.station_id from api.flagged_station_between(now() - interval '24 hours', 'infinity', $1) as flagged
      where flagged.is_open
    ) as is_left_out
    from now
    cross join api.station_current as station
    where station.system_id = $1 and station.state <> 'absent'
  )
  select
    count(*) filter (where not is_left_out)::integer,
    sum(num_bikes_available) filter (where not is_left_out and is_shown),
    sum(num_docks_available) filter (where not is_left_out and is_shown),
    sum(num_ebikes_available) filter (where not is_left_out and is_shown),
    count(*) filter (where not is_left_out and is_shown and state = 'empty')::integer,
    count(*) filter (where not is_left_out and is_shown and state = 'full')::integer,
    count(*) filter (where not is_left_out and is_shown and state = 'closed')::integer,
    count(*) filter (where not is_left_out and (state = 'unknown' or not is_shown))::integer,
    count(*) filter (where is_left_out)::integer
  from present
$$;
