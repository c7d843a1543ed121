-- vehicle_type: what vehicle_types says of each type of vehicle.
-- Grain: one row per system, vehicle_type_id and version of the document; those that hold now have no valid_to.
-- Null is not told, or no word of GBFS.
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
