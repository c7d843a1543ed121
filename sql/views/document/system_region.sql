-- system_region: the regions of each system.
-- Grain: one row per system, region_id and version of the document; valid_to is null for those that are valid now.
-- Reads: document_row. Read by: people.
create view api.system_region as
select system_id, content ->> 'region_id' as region_id, content ->> 'name' as name, valid_from, valid_to
from api.document_row
where feed = 'system_regions';
