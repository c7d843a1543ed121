-- forecast_minutes(minutes): the same number if there are forecasts for it; otherwise an error that says which numbers are allowed.
-- Grain: one number.
-- A building block.
-- Reads: nothing. Read by: station_forecast, packages/live.
create function api.forecast_minutes(minutes integer) returns integer
language plpgsql immutable parallel safe set search_path = pg_catalog
as $$
begin
  if minutes is null or minutes not between 10 and 90 then
    raise exception 'minutes is %; expected a whole number from 10 to 90', coalesce(minutes::text, 'null') using errcode = '22023';
  end if;
  return minutes;
end
$$;
