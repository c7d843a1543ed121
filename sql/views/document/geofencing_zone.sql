-- geofencing_zone: what is allowed with a vehicle, and where.
-- Grain: one row per system, zone (number is its place in the document: where two overlap, the smaller number decides) and version of the document.
-- rules are in order, too: the first rule for a type of vehicle decides. polygons are the coordinates of a GeoJSON MultiPolygon, null
-- if the feed gives none that can be drawn. is_global: the rules for everywhere outside of zones. starts_at and ends_at are the zone's own.
-- Reads: document_row. Read by: packages/live.
create view api.geofencing_zone as
select
  system_id,
  number,
  content ->> 'name' as name,
  to_timestamp((content ->> 'start')::double precision) as starts_at,
  to_timestamp((content ->> 'end')::double precision) as ends_at,
  (content ->> 'is_global')::boolean as is_global,
  content -> 'rules' as rules,
  nullif(content -> 'polygons', 'null') as polygons,
  valid_from,
  valid_to
from api.document_row
where feed = 'geofencing_zones';
