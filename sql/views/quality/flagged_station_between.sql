-- flagged_station_between(from, to, system_id): when stations had a flag because of which their counts should be omitted (data_quality_flag.is_left_out:
-- station_frozen and station_zombie), for one system or all.
-- Grain: one row per issue of a station that overlaps the time from `from` to `to`. An issue lasts until the first check without it, or otherwise until it was last seen;
-- is_open is as in data_quality_issue.
-- Reads: data_quality_flag, data_quality_issue. Read by: outage_episode_between, sla_compliance_between, station_forecast, system_offer.
create function api.flagged_station_between("from" timestamptz, "to" timestamptz, system_id text default null)
returns table (system_id text, station_id text, flag text, from_at timestamptz, to_at timestamptz, is_open boolean)
language sql stable parallel safe
as $$
  select issue.system_id, issue.station_id, issue.flag, issue.since, coalesce(issue.ended_at, issue.last_seen_at), issue.is_open
  from api.data_quality_issue as issue
  join api.data_quality_flag as definition on definition.flag = issue.flag and definition.is_left_out
  where issue.station_id is not null and ($3 is null or issue.system_id = $3)
    and issue.since <= $2 and coalesce(issue.ended_at, issue.last_seen_at) >= $1
$$;
