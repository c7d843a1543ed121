-- document_row: what each version of each document said, row by row.
-- Grain: one row per version of a document and row in it. valid_from is the first poll with this version, valid_to the first with another,
-- also where imported history ended before; null: it holds.
-- A building block: the next version ends what imported history left open, and no LEAD, so that a question about one system reads its own.
-- Reads: feed, feed_document, system. Read by: geofencing_zone, pricing_plan, system_alert, system_region, vehicle_type, packages/live.
create view api.document_row as
select
  system.system_id,
  feed.feed,
  entry.content,
  entry.number,
  version.valid_from,
  version.valid_to
from (
  select
    document.feed_key,
    document.document,
    document.valid_from,
    coalesce(document.valid_to, (
      select min(later.valid_from)
      from velolog.feed_document as later
      where later.feed_key = document.feed_key and later.valid_from > document.valid_from
    )) as valid_to
  from velolog.feed_document as document
) as version
join velolog.feed using (feed_key)
join velolog.system using (system_key)
cross join lateral jsonb_array_elements(version.document) with ordinality as entry (content, number);
