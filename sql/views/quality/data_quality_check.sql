-- data_quality_check: up to when each feed was checked for problems. Only where it was checked does a missing issue mean that nothing is wrong.
-- Grain: one row per (system_id, feed) that is polled and was checked at least once.
-- checked_at: the newest observation that the checks have seen. is_current: that is recent (is_recent_reading).
-- Reads: data_quality_check, feed, is_recent_reading, system. Read by: packages/live, dashboards.
create view api.data_quality_check as
select system.system_id, feed.feed, checked.checked_at, api.is_recent_reading(checked.checked_at) as is_current
from velolog.data_quality_check as checked
join velolog.feed using (feed_key)
join velolog.system using (system_key);
