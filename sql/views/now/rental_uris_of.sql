-- rental_uris_of(system_id, station_id): where to rent at a station: its page, and what opens the operator's app.
-- Grain: one row per station of which station_information tells any; none for others. web is http or https; android and ios may have a scheme
-- of their own. What a browser would run itself was not stored. Those of vehicles name a vehicle and are not kept (docs/privacy.md).
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
