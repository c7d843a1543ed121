-- feed_health: whether each feed is answering, and how old its data is.
-- Grain: one row per (system_id, feed).
-- A success is a readable body that contains the feed's list, even an empty list, or "not modified" after such a body.
-- An empty list of stations observes no station: data and answer stay as old as the last list that named one. Otherwise stations
-- of hours ago would appear as current. A system that has never listed a station is not late for having none.
-- age_seconds is the age of the data by our clock: the age of the last success, or more if the publisher's own stamps show that a live server
-- returns older data. last_updated alone proves nothing: on real feeds it stands still while counts change, and lies in the
-- future. The data is therefore as new as the newer of last_updated and last_changed_at (the last poll in which the values of a known station
-- changed, or a vehicle came, went, moved or changed its state), but never newer than the last success. Only station counts and vehicles are
-- judged like this: names and places may rightly be years old.
-- overdue means one of two things. First: no success for 5 minutes, ten times the feed's ttl, and three times its own usual time between
-- successes, whichever is longest. For feeds other than station counts and vehicles, which are polled once an hour whatever their ttl, the limit
-- is at least three hours: after the first poll there is only one success, and after a restart the last two are close together.
-- Second: data older than 6 hours, ten times the ttl, and three times the usual time. Six hours, because a publisher that updates its stamp
-- only on changes looks the same as one that stands still. In 2,900 recorded snapshots of seven feeds, Oslo's counts stood still for 4.3 hours
-- at night, but stamp and counts together for at most 1.2 hours. A ttl above one day counts as one day, because every feed is polled at least daily.
-- A poll that was refused (it is in the dead letters, docs/codes.md) is no observation and no success. refused_polls counts them since a poll
-- of the feed was last stored, from refused_since on, by the broker's clock. They count as failures, and last_error is the reason of the newest.
-- A `stale` poll counts only if the feed is overdue: where two ingest workers poll a system, the poll of one makes that of the other stale.
-- If the last success is more than 5 minutes ahead of the clock, the clock was set back since. Polls are then older than that success and are
-- refused as `stale`, so the age is not known and the feed is overdue.
-- is_archive: the feed is not polled. Either its newest record came by `velolog import`, or for at least 5 minutes the system has listed its
-- vehicles under the other feed name (free_bike_status, vehicle_status). Such a feed has no age and is never overdue.
-- Reads: feed, newest_observation, system. Read by: station_forecast_parts, system_current, packages/store, packages/live, packages/cli, docs, dashboards.
create view api.feed_health as
select
  system.system_id,
  feed.feed,
  -- A feed of which no poll was ever stored has the epoch.
  greatest(nullif(feed.last_fetched_at, 'epoch'), feed.refused_at) as last_fetched_at,
  feed.last_success_at,
  feed.last_updated,
  feed.ttl_seconds,
  case when not is_archive and not age.is_ahead then greatest(age.data_seconds, 0) end as age_seconds,
  judged.overdue,
  feed.consecutive_failures + refused.polls as consecutive_failures,
  coalesce(refused.reason, case when age.is_ahead and not is_archive then 'stale' end, feed.last_error) as last_error,
  feed.stations_skipped,
  feed.last_changed_at,
  is_archive,
  refused.polls as refused_polls,
  refused.since as refused_since
from velolog.feed
join velolog.system using (system_key)
left join api.newest_observation as seen on seen.feed_key = feed.feed_key and feed.feed = 'station_status'
-- Null passes: no list ever named a station.
cross join lateral (select least(feed.last_success_at, seen.observed_at) as at) as answer
cross join lateral (
  select
    -- Null where none is declared, which least() would pass over.
    case when feed.ttl_seconds > 86400 then 86400 else feed.ttl_seconds end as ttl_seconds,
    extract(epoch from now() - answer.at)::double precision as answer_seconds,
    extract(epoch from now() - case
      when feed.feed in ('station_status', 'free_bike_status', 'vehicle_status') and feed.last_updated is not null
        then least(answer.at, greatest(feed.last_updated, feed.last_changed_at))
      else answer.at
    end)::double precision as data_seconds,
    answer.at > now() + interval '5 minutes' as is_ahead,
    (feed.last_polled_at is null or feed.last_polled_at < feed.last_fetched_at) and feed.refused_polls = 0 or exists (
      select from velolog.feed as other
      where feed.feed in ('free_bike_status', 'vehicle_status') and other.system_key = feed.system_key
        and other.feed in ('free_bike_status', 'vehicle_status') and other.last_polled_at > feed.last_polled_at + interval '5 minutes'
    ) as is_archive
) as age
cross join lateral (
  select
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
      ) as overdue
) as judged
cross join lateral (
  select
    case when counts then feed.refused_polls else 0 end as polls,
    case when counts then feed.refused_reason end as reason,
    case when counts then feed.refused_since end as since
  from (select judged.overdue or feed.refused_reason <> 'stale') as judgement (counts)
) as refused;
