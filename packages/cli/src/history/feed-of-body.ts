import { parseBody } from '@velolog/gbfs/body';
import { hasVehicleIds } from '@velolog/gbfs/feeds';
import { isJsonObject } from '@velolog/gbfs/json-object';

/** Field names that only station_status has, in any version of GBFS. */
const STATUS_NAMES = [
  'num_bikes_available',
  'num_vehicles_available',
  'num_docks_available',
  'is_renting',
  'is_returning',
];
const INFORMATION_NAMES = ['lat', 'lon', 'capacity', 'address'];

/**
 * Tells by its shape which feed a body is. Null when the shape does not tell: an error page, an empty list, a feed that is not recorded.
 * The first station that has one of the names above decides.
 */
function feedOfBody(body: Buffer): string | null {
  let document: unknown;
  try {
    document = parseBody(body);
  } catch {
    return null;
  }
  if (!isJsonObject(document)) return null;
  const data = isJsonObject(document.data) ? document.data : document;
  if (Array.isArray(data.stations)) {
    for (const station of data.stations) {
      if (!isJsonObject(station)) continue;
      if (STATUS_NAMES.some((name) => name in station)) return 'station_status';
      if (INFORMATION_NAMES.some((name) => name in station)) return 'station_information';
    }
    return null;
  }
  if (Array.isArray(data.bikes)) return 'free_bike_status';
  if (Array.isArray(data.vehicles)) return 'vehicle_status';
  return 'timezone' in data && 'system_id' in data ? 'system_information' : null;
}

const QUICK: Record<string, string[]> = {
  station_status: STATUS_NAMES.map((name) => `"${name}"`),
  station_information: ['"lat"', '"lon"'],
  system_information: ['"timezone"'],
  free_bike_status: ['"bikes"'],
  vehicle_status: ['"vehicles"'],
};

/** Nearly every body has a name of its own feed and of no other, which is cheap to see; only the rest are parsed. @returns the other feed, or null */
export function otherFeedThan(feed: string, body: Buffer): string | null {
  const names = QUICK[feed] ?? [];
  const others = Object.entries(QUICK).filter(([name]) => name !== feed);
  const looksRight = names.some((name) => body.includes(name));
  const looksOther = others.some(([, names]) => names.some((name) => body.includes(name)));
  if (looksRight && !looksOther) return null;
  const found = feedOfBody(body);
  // free_bike_status and vehicle_status are two names of one feed, and the decoder goes by shape.
  if (found !== null && hasVehicleIds(found) && hasVehicleIds(feed)) return null;
  return found === null || found === feed ? null : found;
}
