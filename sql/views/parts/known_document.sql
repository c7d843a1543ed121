-- known_document: each version of the documents that a system publishes beside its counts.
-- Grain: one row per version of a document. valid_from is the first poll with this version, valid_to the first with another, which also ends
-- a version that imported history left open; null: it is valid now.
-- A building block. No LEAD, so that a question about one system reads only its versions.
-- Reads: feed, feed_document, system. Read by: document_row, document_version.
create view api.known_document as
select
  system.system_id,
  feed.feed,
  known.document,
  known.valid_from,
  coalesce(known.valid_to, (
    select min(later.valid_from)
    from velolog.feed_document as later
    where later.feed_key = known.feed_key and later.valid_from > known.valid_from
  )) as valid_to
from velolog.feed_document as known
join velolog.feed using (feed_key)
join velolog.system using (system_key);
