-- What is wrong with feeds (packages/store/src/upkeep/quality), and what their newest bodies told that no other table keeps.

-- What the newest accepted body of a feed told beside its rows: how many rows, what was skipped and repaired, how its stamps stand. A function of the
-- records, like all that intake writes; a body that tells the same writes nothing.
create table velolog.feed_body (
  feed_key integer primary key references velolog.feed,
  facts jsonb not null
) with (fillfactor = 50);

-- Found by upkeep, again and again, from the other tables: not a function of the records, since it depends on when somebody looked.
create table velolog.data_quality_issue (
  issue_key bigint generated always as identity primary key,
  system_key integer not null references velolog.system,
  feed text not null,
  station_id text, -- null: of the feed as a whole
  flag text not null,
  noticed_at timestamptz not null, -- the observation with which it was first found
  since timestamptz not null,
  last_seen_at timestamptz not null, -- the newest observation with it
  ended_at timestamptz, -- the observation without it; null: still there, as far as anybody looked
  evidence jsonb not null
) with (fillfactor = 70);
create unique index data_quality_issue_open on velolog.data_quality_issue (system_key, flag, feed, station_id) nulls not distinct where ended_at is null;

-- How common each flag is, by day (UTC). `flagged`: had an issue that was seen on that day.
create table velolog.data_quality_day (
  day date not null,
  flag text not null,
  systems integer not null,
  systems_flagged integer not null,
  stations integer not null,
  stations_flagged integer not null,
  primary key (day, flag)
);
