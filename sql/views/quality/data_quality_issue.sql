-- data_quality_issue: what is, or was, wrong with a feed or a station. It never changes what other views say.
-- Grain: one row per flag, feed and station (null: the feed as a whole) and time that it lasted.
-- since is when it began, as far as the data tell; last_seen_at the newest observation with it; ended_at the first look without it, null while
-- none was. is_open: it has not ended, and was seen in the last 24 h; where nobody looks any more it is neither open nor ended.
-- Reads: data_quality_flag, data_quality_issue, system. Read by: flagged_station_between, packages/store, packages/live, docs, dashboards.
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
  issue.ended_at is null and issue.last_seen_at > now() - interval '24 hours' as is_open
from velolog.data_quality_issue as issue
join velolog.system using (system_key)
join api.data_quality_flag as flag using (flag)
where flag.holds_seconds = 0 or issue.held_seconds > flag.holds_seconds;
