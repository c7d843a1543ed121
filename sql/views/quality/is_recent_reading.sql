-- is_recent_reading(read_at): whether a feed was read lately enough to judge how it is now: in the last 26 hours.
-- Grain: one boolean. If read_at is null (never read), it is null.
-- A day, because a publisher may declare a ttl of a day or more, and then every feed is polled once a day; one hour and a quarter, because such a poll may come 5 % late; and the rest until
-- the reading is stored and checked. With 24 hours, what is wrong with such a feed would seem to end for an hour every day.
-- This is the only definition of the rule.
-- Reads: nothing. Read by: data_quality_check, data_quality_issue, packages/live.
create function api.is_recent_reading(read_at timestamptz) returns boolean
language sql stable parallel safe
return read_at > now() - interval '26 hours';
