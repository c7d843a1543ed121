-- timezone_or_utc(name): the name of a time zone that PostgreSQL knows: the given one, else UTC.
-- Grain: one text.
-- One unknown name would fail a question about all systems. The list of names that the store accepts by is that of
-- Node, which may be newer than PostgreSQL's.
-- Reads: nothing. Read by: flow_balance, profile_weekly, profile_weekly_of, sla_compliance_between, station_forecast_parts, packages/store, dashboards.
create function api.timezone_or_utc(name text) returns text
language plpgsql stable set search_path = pg_catalog -- not parallel safe: catching an error is not
as $$
begin
  perform timestamptz 'epoch' at time zone name;
  return coalesce(name, 'UTC');
exception when invalid_parameter_value then
  return 'UTC';
end
$$;
