-- system_alert: the announcements of operators.
-- Grain: one row per system, alert_id and version of the document; valid_to is null for those that are listed now.
-- times is a list of {"start", "end"} in epoch seconds (null: open); an empty list means as long as the alert is listed. station_ids and region_ids are null
-- if the alert is not about particular ones.
-- Reads: document_row. Read by: packages/live, dashboards.
create view api.system_alert as
select
  system_id,
  content ->> 'alert_id' as alert_id,
  content ->> 'type' as type,
  content ->> 'summary' as summary,
  content ->> 'description' as description,
  content ->> 'url' as url,
  content -> 'times' as times,
  nullif(content -> 'station_ids', 'null') as station_ids,
  nullif(content -> 'region_ids', 'null') as region_ids,
  valid_from,
  valid_to
from api.document_row
where feed = 'system_alerts';
