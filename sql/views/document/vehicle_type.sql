-- vehicle_type: the types of vehicles of each system, from its vehicle_types.
-- Grain: one row per system, vehicle_type_id and version of the document; valid_to is null for those that are valid now.
-- Null means that the feed gives no value, or one that GBFS does not define.
-- Reads: document_row. Read by: packages/live.
create view api.vehicle_type as
select
  system_id,
  content ->> 'vehicle_type_id' as vehicle_type_id,
  content ->> 'form_factor' as form_factor,
  content ->> 'propulsion_type' as propulsion_type,
  content ->> 'name' as name,
  content ->> 'make' as make,
  content ->> 'model' as model,
  (content ->> 'max_range_meters')::double precision as max_range_meters,
  (content ->> 'rider_capacity')::double precision as rider_capacity,
  valid_from,
  valid_to
from api.document_row
where feed = 'vehicle_types';
