/**
 * A position as the tables keep it, in units of 1e-5 degree (about a metre), so that a position read back from them
 * compares as before. Both are null when unknown, which is allowed only for a vehicle at a station.
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

/**
 * Metres between a kept position and one from a feed; null when one is unknown. Computed on a plane: exact to a millimetre within
 * 100 m.
 */
export function metersBetween({ lat_e5, lon_e5 }: VehiclePlace, { lat, lon }: Degrees): number | null {
  if (lat_e5 === null || lon_e5 === null || lat === null || lon === null) return null;
  const north = lat - lat_e5 / UNITS_PER_DEGREE;
  const east = wrap(lon - lon_e5 / UNITS_PER_DEGREE) * shrink((lat + lat_e5 / UNITS_PER_DEGREE) / 2);
  return Math.hypot(north, east) * METERS_PER_DEGREE;
}

/**
 * How much shorter a degree of longitude is than one of latitude. Never 0, so that a pole does not have infinitely many
 * neighbours.
 */
export function shrink(lat: number): number {
  return Math.max(0.01, Math.cos((lat * Math.PI) / 180));
}

/** Turns -0 into 0, for the tables. */
function toUnits(degrees: number): number {
  return Math.round(degrees * UNITS_PER_DEGREE) || 0;
}

/** Wraps around the date line. */
function wrap(degrees: number): number {
  if (degrees > 180) return degrees - 360;
  return degrees < -180 ? degrees + 360 : degrees;
}
