-- rental_uris_of(system_id, station_id): links for renting at a station: a web page, and links that open the operator's app.
-- Grain: one row per station whose station_information includes such links; other stations have no row.
-- web is http or https; android and ios may use a scheme of their own. The store rejects schemes that a browser would run.
-- Links of single vehicles identify the vehicle and are not stored (docs/privacy.md).
-- Reads: station, system. Read by: packages/live.
create function api.rental_uris_of(system_id text, station_id text)
returns table (web text, android text, ios text)
language sql stable parallel safe
security definer set search_path = pg_catalog -- the reader may call it without rights on the tables
as $$
  select station.rental_uris ->> 'web', station.rental_uris ->> 'android', station.rental_uris ->> 'ios'
  from velolog.system
  join velolog.station using (system_key)
  where system.system_id = $1 and station.station_id = $2 and station.rental_uris is not null
$$;
