-- The last body that was accepted in a lane: the only one that "not modified" can confirm, and what the age of the next
-- body is compared with (packages/store/src/accept-poll.ts).
alter table velolog.observed_range
  add column body_id text, -- ce_id of the poll that brought it; null: none is known
  add column body_last_updated timestamptz, -- by the publisher's clock
  add column older_since timestamptz; -- while only older bodies come: since when
