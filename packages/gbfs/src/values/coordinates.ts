import { z } from 'zod';
import type { RepairCode } from '../codes.ts';
import { type Tally, tally } from '../tally.ts';

/** WGS 84 degrees. Both are null or neither is. */
export type Coordinates = { lat: number | null; lon: number | null };

const UNKNOWN: Coordinates = { lat: null, lon: null };
const degreesText = z
  .string()
  .trim()
  .regex(/^[+-]?\d+(\.\d+)?$/)
  .transform(Number);

/**
 * Coordinates that cannot be true become null and are tallied: (0,0), half a pair, out of range.
 * Swapped values (SURF Oslo, MobilityData/gbfs#648) are noticed only when one is out of range. They are not swapped back, because that would be a guess.
 */
export function readCoordinates(rawLat: unknown, rawLon: unknown, coerced: Tally): Coordinates {
  const lat = readDegrees(rawLat, coerced);
  const lon = readDegrees(rawLon, coerced);
  if (lat === null && lon === null) return UNKNOWN;
  const defect = findDefect(lat, lon);
  if (defect === undefined) return { lat, lon };
  tally(coerced, defect);
  return UNKNOWN;
}

function findDefect(lat: number | null, lon: number | null): RepairCode | undefined {
  if (lat === null || lon === null) return 'coordinates_incomplete';
  if (lat === 0 && lon === 0) return 'coordinates_zero';
  return Math.abs(lat) > 90 || Math.abs(lon) > 180 ? 'coordinates_out_of_range' : undefined;
}

function readDegrees(value: unknown, coerced: Tally): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value === undefined || value === null) return null;
  const text = degreesText.safeParse(value);
  tally(coerced, text.success ? 'coordinates_text' : 'coordinates_unreadable');
  return text.success ? text.data : null;
}
