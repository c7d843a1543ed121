-- Older workers: go on
-- For flags that are an issue only when they last (data_quality_flag.holds_seconds): observed time that the issue has lasted, of all feeds that it rests on.
-- Kept up to the moment at which it is enough. Time that nobody observed never counts (packages/store/src/upkeep/quality/observed-time.ts).
alter table velolog.data_quality_issue add column held_seconds double precision not null default 0;

-- What has been found so far keeps what its own feed observed of it.
update velolog.data_quality_issue as issue set held_seconds = coalesce((
  select sum(extract(epoch from least(span.to_at, issue.last_seen_at) - greatest(span.from_at, issue.noticed_at)))
  from velolog.feed
  join velolog.coverage as span using (feed_key)
  where feed.system_key = issue.system_key and feed.feed = issue.feed and span.outcome = 'observed'
    and span.to_at > issue.noticed_at and span.from_at < issue.last_seen_at
), 0)
where issue.flag = 'dangling_id';
