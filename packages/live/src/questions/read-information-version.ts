/**
 * A short text that changes when a station's name, position or capacity changes, when a station is new, when earlier history of it is
 * imported (first_observed_at), or when vehicle types are redefined, which can turn bikes into e-bikes without a change in any count. $1 is the system.
 */
export const INFORMATION_VERSION = `(
  select left(md5(concat(string_agg(concat_ws('|', station_id, name, lat, lon, capacity, first_observed_at), chr(10) order by station_id),
    (select max(valid_from) from api.document_version where system_id = $1 and feed = 'vehicle_types'))), 12)
  from api.station where system_id = $1)`;
