-- observed_range: for each feed, the time of which the store has processed all records. An import skips it.
-- Grain: one row per stretch of records of a feed, both ends included. The stretches of a feed do not overlap.
-- Unlike feed_coverage, it does not say what was observed in between: failed polls are records, too.
-- Reads: feed, observed_range, system. Read by: packages/cli.
create view api.observed_range as
select system.system_id, feed.feed, observed.from_at, observed.to_at
from velolog.observed_range as observed
join velolog.feed using (feed_key)
join velolog.system using (system_key);
