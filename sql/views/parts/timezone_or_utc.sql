-- timezone_or_utc(name): the given name if PostgreSQL knows this time zone, otherwise UTC.
-- Grain: one text.
-- One unknown name would make a question about all systems fail. The store accepts the names that Node knows, and Node may be
-- newer than PostgreSQL.
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
