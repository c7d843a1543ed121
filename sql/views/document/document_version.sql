-- document_version: which documents each system publishes beside its counts, and when they changed.
-- Grain: one row per system, feed and version of its document. valid_from is the first poll with this version, valid_to the first with another
-- (also where imported history ended before); null: it holds. entries is how many rows the version has: document_row gives them.
-- Reads: feed, feed_document, system. Read by: packages/live.
create view api.document_version as
select
  system.system_id,
  feed.feed,
  jsonb_array_length(document.document) as entries,
  document.valid_from,
  coalesce(document.valid_to, (
    select min(later.valid_from)
    from velolog.feed_document as later
    where later.feed_key = document.feed_key and later.valid_from > document.valid_from
  )) as valid_to
from velolog.feed_document as document
join velolog.feed using (feed_key)
join velolog.system using (system_key);
