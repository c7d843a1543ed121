-- feed_health: is each feed answering, and how old is what is known of it.
-- Grain: one row per (system_id, feed).
-- age_seconds is the age of the last success (a body that could be read, or "not modified" after one), by our clock;
-- last_updated is the publisher's claim and only shown. overdue: older than 5 minutes, ten times the feed's ttl and
-- three times its own usual time between successes, whichever is most; discovery, names and places, which are asked once
-- an hour, than three hours as well, since after a restart their last two successes lie close together.
-- Reads: system, feed. Read by: docs, dashboards, the page.
create view api.feed_health as
select
  system.system_id,
  feed.feed,
  feed.last_fetched_at,
  feed.last_success_at,
  feed.last_updated,
  feed.ttl_seconds,
  age.seconds as age_seconds,
  coalesce(
    age.seconds > greatest(
      300,
      10 * feed.ttl_seconds,
      3 * feed.success_interval_seconds,
      case when feed.feed in ('gbfs', 'system_information', 'station_information') then 3 * 3600 end
    ),
    true
  ) as overdue,
  feed.consecutive_failures,
  feed.last_error,
  feed.stations_skipped
from velolog.feed
join velolog.system using (system_key)
cross join lateral (
  select extract(epoch from now() - feed.last_success_at)::double precision as seconds
) as age;
