/**
 * A place as the tables keep it, in units of 1e-5 degree (about a metre), so that what is read back from them
 * compares as it did before. Both null: not known, which only a vehicle at a station may be.
 */
export type VehiclePlace = { lat_e5: number | null; lon_e5: number | null };

/** WGS 84 degrees, as a feed gives them. */
export type Degrees = { lat: number | null; lon: number | null };

const UNITS_PER_DEGREE = 100_000;
const METERS_PER_DEGREE = (6_371_008.8 * Math.PI) / 180;
export const METERS_PER_UNIT = METERS_PER_DEGREE / UNITS_PER_DEGREE;

export function toPlace({ lat, lon }: Degrees): VehiclePlace {
  if (lat === null || lon === null) return { lat_e5: null, lon_e5: null };
  return { lat_e5: toUnits(lat), lon_e5: toUnits(lon) };
}

/** Metres between a kept place and one as a feed gives it; null when one is not known. Flat: right to a millimetre within 100 m. */
export function metersBetween({ lat_e5, lon_e5 }: VehiclePlace, { lat, lon }: Degrees): number | null {
  if (lat_e5 === null || lon_e5 === null || lat === null || lon === null) return null;
  const north = lat - lat_e5 / UNITS_PER_DEGREE;
  const east = wrap(lon - lon_e5 / UNITS_PER_DEGREE) * shrink((lat + lat_e5 / UNITS_PER_DEGREE) / 2);
  return Math.hypot(north, east) * METERS_PER_DEGREE;
}

/** How much shorter a degree of longitude is than one of latitude. Never 0, so that a pole has no infinite neighbours. */
export function shrink(lat: number): number {
  return Math.max(0.01, Math.cos((lat * Math.PI) / 180));
}

/** -0 is 0, for the tables. */
function toUnits(degrees: number): number {
  return Math.round(degrees * UNITS_PER_DEGREE) || 0;
}

/** East of the date line lies the west. */
function wrap(degrees: number): number {
  if (degrees > 180) return degrees - 360;
  return degrees < -180 ? degrees + 360 : degrees;
}
