-- held_span: when each feed was observed, and for how long the observed values stay valid.
-- Grain: one row per run of successful polls of a feed. polled_at is its last poll. Its values stay valid until to_at: usually
-- that last poll, but `infinity` for the newest run of a feed that is still polled, until the next poll is
-- late (longest_pause).
-- A building block: time between to_at of a run and from_at of the next was not observed.
-- Reads: coverage, feed, longest_pause, system. Read by: seen_span, packages/live, dashboards.
create view api.held_span as
select
  system.system_id,
  system.system_key,
  feed.feed,
  span.from_at,
  span.to_at as polled_at,
  case
    when now() - span.to_at <= api.longest_pause(feed.success_interval_seconds)
      and feed.last_polled_at = feed.last_fetched_at
      and not exists (
        select from velolog.coverage as later
        where later.feed_key = span.feed_key and later.outcome = 'observed' and later.from_at > span.from_at
      )
      then 'infinity'
    else span.to_at
  end as to_at
from velolog.system
join velolog.feed using (system_key)
join velolog.coverage as span using (feed_key)
where span.outcome = 'observed';
