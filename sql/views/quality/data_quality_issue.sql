-- data_quality_issue: what is, or was, wrong with a feed or a station. It does not change what other views say.
-- Grain: one row per flag, feed and station (null: the feed as a whole) and period in which it lasted.
-- since is when it began, as far as the data show. last_seen_at is the newest observation with it. ended_at is the first check without it, null until
-- then. is_open: it has not ended and was observed lately (is_recent_reading). An issue that is no longer checked is neither open nor ended.
-- RETENTION_DAYS drops issues that ended in a month that it drops, but not those for which stations can be left out (data_quality_flag.is_left_out).
-- Reads: data_quality_flag, data_quality_issue, is_recent_reading, system. Read by: flagged_station_between, packages/store, packages/live, docs, dashboards.
create view api.data_quality_issue as
select
  system.system_id,
  issue.feed,
  issue.station_id,
  issue.flag,
  issue.since,
  issue.last_seen_at,
  issue.evidence,
  issue.ended_at,
  issue.ended_at is null and api.is_recent_reading(issue.last_seen_at) as is_open
from velolog.data_quality_issue as issue
join velolog.system using (system_key)
join api.data_quality_flag as flag using (flag)
where flag.holds_seconds = 0 or issue.held_seconds > flag.holds_seconds;
