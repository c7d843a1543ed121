-- Older workers: go on
-- As in 0010, eight times faster: bits are spread by shifts, not row by row. It runs for every stay of a window that is asked for.
create or replace function velolog.geohash_of(lat_e5 integer, lon_e5 integer) returns text
language plpgsql immutable parallel safe
as $$
declare
  digits constant text := '0123456789bcdefghjkmnpqrstuvwxyz';
  lat bigint := least(131071, floor((lat_e5 / 1e5 + 90) / 180 * 131072));
  lon bigint := least(262143, floor((lon_e5 / 1e5 + 180) / 360 * 262144));
  bits bigint;
begin
  lat := (lat | (lat << 16)) & 281470681808895; -- 0x0000ffff0000ffff
  lat := (lat | (lat << 8)) & 71777214294589695; -- 0x00ff00ff00ff00ff
  lat := (lat | (lat << 4)) & 1085102592571150095; -- 0x0f0f0f0f0f0f0f0f
  lat := (lat | (lat << 2)) & 3689348814741910323; -- 0x3333333333333333
  lat := (lat | (lat << 1)) & 6148914691236517205; -- 0x5555555555555555
  lon := (lon | (lon << 16)) & 281470681808895;
  lon := (lon | (lon << 8)) & 71777214294589695;
  lon := (lon | (lon << 4)) & 1085102592571150095;
  lon := (lon | (lon << 2)) & 3689348814741910323;
  lon := (lon | (lon << 1)) & 6148914691236517205;
  -- Longitude has the first of the 35 bits, and the last.
  bits := lon | (lat << 1);
  return substr(digits, 1 + (bits >> 30)::integer, 1)
    || substr(digits, 1 + ((bits >> 25) & 31)::integer, 1)
    || substr(digits, 1 + ((bits >> 20) & 31)::integer, 1)
    || substr(digits, 1 + ((bits >> 15) & 31)::integer, 1)
    || substr(digits, 1 + ((bits >> 10) & 31)::integer, 1)
    || substr(digits, 1 + ((bits >> 5) & 31)::integer, 1)
    || substr(digits, 1 + (bits & 31)::integer, 1);
end
$$;
