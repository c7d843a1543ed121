-- The geohash of 7 characters (about 150 m) of a place in 1e-5 degree.
create function velolog.geohash_of(lat_e5 integer, lon_e5 integer) returns text
language sql immutable parallel safe
as $$
  select string_agg(substr('0123456789bcdefghjkmnpqrstuvwxyz', 1 + digit.value, 1), '' order by digit.number)
  from (
    select
      bit.number / 5 as number,
      -- Bits take turns, longitude first: 18 of it and 17 of latitude.
      sum(((case when bit.number % 2 = 0 then cell.lon >> (17 - bit.number / 2) else cell.lat >> (16 - bit.number / 2) end) & 1)
        << (4 - bit.number % 5))::integer as value
    from (
      select
        least(131071, floor((lat_e5 / 1e5 + 90) / 180 * 131072))::integer as lat,
        least(262143, floor((lon_e5 / 1e5 + 180) / 360 * 262144))::integer as lon
    ) as cell
    cross join generate_series(0, 34) as bit (number)
    group by 1
  ) as digit
$$;
