-- forecast_minutes(minutes): the same number, when there are forecasts for it; an error that says what is expected else.
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
