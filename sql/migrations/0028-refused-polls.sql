-- Older workers: go on
-- The polls of a feed that were refused since one was last stored: no observation, but somebody has to know. Older workers neither count them
-- nor begin again when they store a poll; the next poll of a newer worker puts that right.
alter table velolog.feed
  add column refused_polls integer not null default 0,
  add column refused_reason text, -- of the newest one, as in its dead letter
  add column refused_since timestamptz, -- this and the next by the broker's clock: that of ingest may be the reason
  add column refused_at timestamptz;
