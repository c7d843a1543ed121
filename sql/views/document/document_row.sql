-- document_row: the rows of each version of each document.
-- Grain: one row per version of a document and row in it. Versions are those of known_document.
-- A building block.
-- Reads: known_document. Read by: geofencing_zone, pricing_plan, system_alert, system_region, vehicle_type, packages/live.
create view api.document_row as
select
  version.system_id,
  version.feed,
  entry.content,
  entry.number,
  version.valid_from,
  version.valid_to
from api.known_document as version
cross join lateral jsonb_array_elements(version.document) with ordinality as entry (content, number);
