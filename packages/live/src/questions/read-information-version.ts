/** A short text that is other when a station's name, place or capacity is, or a station is new. $1 is the system. */
export const INFORMATION_VERSION = `(
  select left(md5(coalesce(string_agg(concat_ws('|', station_id, name, lat, lon, capacity), chr(10) order by station_id), '')), 12)
  from api.station where system_id = $1)`;
