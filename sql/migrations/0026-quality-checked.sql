-- Older workers: go on
-- Up to which observation a feed was checked for problems. A feed that is not here was not checked yet: that nothing is flagged says nothing of it.
-- What older workers check is not noted, so that it counts as unchecked.
create table velolog.data_quality_check (
  feed_key integer primary key references velolog.feed,
  checked_at timestamptz not null -- the newest observation that the checks have seen
) with (fillfactor = 50);
