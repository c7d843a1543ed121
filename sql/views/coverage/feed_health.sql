-- feed_health: is each feed answering, and how old is what is known of it.
-- Grain: one row per (system_id, feed).
-- A success is a body that could be read with the list that the feed is for, also an empty one, or "not modified" after one.
-- But an empty list of stations is no observation of any: data and answer are as old as the last list that named one, or stations of hours
-- ago would be shown as those of now. A system that never listed a station is not late for having none.
-- age_seconds is the age of the data, by our clock: that of the last success or, where the publisher's own stamps say that the data behind a
-- live server is older, theirs. last_updated alone proves nothing (on real feeds it stands still while counts change, and lies in the
-- future), so the data is as new as the newer of last_updated and last_changed_at (the last poll in which a known station had other
-- values), but never newer than the last success. Only station_status has such a clock: names and places may rightly be years old.
-- overdue: no success for 5 minutes, ten times the feed's ttl and three times its own usual time between successes, whichever is most
-- (all but stations' counts and vehicles, which are asked once an hour whatever ttl they declare: three hours as well, since at the
-- first there was only one success, and after a restart the last two lie close together); or data older than 6 hours, ten times the ttl and three times the usual time. Six hours, because a publisher who stamps
-- changes only looks the same as one that stands still: of 2,900 recorded snapshots of seven feeds Oslo's counts stood still for 4.3 hours of a night,
-- and neither stamp nor counts moved for 1.2 hours at most. A ttl of more than a day counts as a day: no feed is asked less often.
-- A last success of more than 5 minutes ahead is of a clock that was set back since: what comes now is older than it and refused, so that
-- the age is not known, and overdue; last_error says why, which the refused polls themselves do not: two ingests on one system have such, too.
-- is_archive: nobody polls it: the newest record of the feed came by `velolog import`, or the system's vehicles go by the other name of their list
-- now (free_bike_status, vehicle_status), for 5 minutes at least. It has no age and is never overdue.
-- Reads: coverage, feed, system. Read by: system_current, packages/store, packages/live, packages/cli, docs, dashboards.
create view api.feed_health as
select
  system.system_id,
  feed.feed,
  feed.last_fetched_at,
  feed.last_success_at,
  feed.last_updated,
  feed.ttl_seconds,
  case when not is_archive and not age.is_ahead then greatest(age.data_seconds, 0) end as age_seconds,
  not is_archive
    and coalesce(
      age.is_ahead or
      age.answer_seconds > greatest(
        300,
        10 * age.ttl_seconds,
        3 * feed.success_interval_seconds,
        case when feed.feed not in ('station_status', 'free_bike_status', 'vehicle_status') then 3 * 3600 end
      )
      or age.data_seconds > greatest(
        6 * 3600,
        10 * age.ttl_seconds,
        3 * feed.success_interval_seconds
      ),
      true
    ) as overdue,
  feed.consecutive_failures,
  case when age.is_ahead and not is_archive then 'stale' else feed.last_error end as last_error,
  feed.stations_skipped,
  feed.last_changed_at,
  is_archive
from velolog.feed
join velolog.system using (system_key)
left join lateral (
  select coverage.to_at
  from velolog.coverage
  where coverage.feed_key = feed.feed_key and coverage.outcome = 'observed'
  order by coverage.from_at desc
  limit 1
) as seen on feed.feed = 'station_status'
-- Null passes: no list ever named a station.
cross join lateral (select least(feed.last_success_at, seen.to_at) as at) as answer
cross join lateral (
  select
    -- Null where none is declared, which least() would pass over.
    case when feed.ttl_seconds > 86400 then 86400 else feed.ttl_seconds end as ttl_seconds,
    extract(epoch from now() - answer.at)::double precision as answer_seconds,
    extract(epoch from now() - case
      when feed.feed = 'station_status' and feed.last_updated is not null
        then least(answer.at, greatest(feed.last_updated, feed.last_changed_at))
      else answer.at
    end)::double precision as data_seconds,
    answer.at > now() + interval '5 minutes' as is_ahead,
    feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at or exists (
      select from velolog.feed as other
      where feed.feed in ('free_bike_status', 'vehicle_status') and other.system_key = feed.system_key
        and other.feed in ('free_bike_status', 'vehicle_status') and other.last_polled_at > feed.last_polled_at + interval '5 minutes'
    ) as is_archive
) as age;
