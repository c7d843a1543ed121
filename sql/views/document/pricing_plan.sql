-- pricing_plan: the price of a ride.
-- Grain: one row per system, plan_id and version of the document; valid_to is null for those that are valid now.
-- price and rates are in units of currency. per_km_pricing and per_min_pricing are lists of {"start", "rate", "interval", "end"}.
-- Reads: document_row. Read by: people.
create view api.pricing_plan as
select
  system_id,
  content ->> 'plan_id' as plan_id,
  content ->> 'name' as name,
  content ->> 'currency' as currency,
  (content ->> 'price')::double precision as price,
  (content ->> 'is_taxable')::boolean as is_taxable,
  content ->> 'description' as description,
  content ->> 'url' as url,
  nullif(content -> 'per_km_pricing', 'null') as per_km_pricing,
  nullif(content -> 'per_min_pricing', 'null') as per_min_pricing,
  (content ->> 'surge_pricing')::boolean as surge_pricing,
  valid_from,
  valid_to
from api.document_row
where feed = 'system_pricing_plans';
