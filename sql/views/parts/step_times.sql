-- step_times(from, to, step_seconds): the regular times of a window, one for each point of a chart.
-- Grain: one row per time at: each multiple of the step, counted from 1970, within the window (both ends included). A step that would give
-- more than 2,000 times is made longer; seconds is the resulting step, at least 1. at is `number` times `seconds` after 1970.
-- A building block.
-- Reads: nothing. Read by: ebike_count_between, system_count_between, vehicle_count_between.
create function api.step_times("from" timestamptz, "to" timestamptz, step_seconds double precision)
returns table (number bigint, at timestamptz, seconds double precision)
language sql stable parallel safe
as $$
  select step_number, to_timestamp(step_number * step.seconds), step.seconds
  from (select greatest($3, 1, extract(epoch from $2 - $1) / 2000)::double precision as seconds) as step
  cross join generate_series(
    ceil(extract(epoch from $1) / step.seconds)::bigint, floor(extract(epoch from $2) / step.seconds)::bigint
  ) as step_number
$$;
