-- observed_range: the time of each feed of which the store has dealt with all records: what an import need not bring again.
-- Grain: one row per stretch of records of a feed, both ends included. Stretches of a feed do not overlap.
-- Other than feed_coverage it says nothing of what was seen in between: failed polls are records, too.
-- Reads: feed, observed_range, system. Read by: packages/cli.
create view api.observed_range as
select system.system_id, feed.feed, observed.from_at, observed.to_at
from velolog.observed_range as observed
join velolog.feed using (feed_key)
join velolog.system using (system_key);
