import type { StationStatus } from '@velolog/gbfs/feeds/station-status';

/** Where the two bits of each flag begin. */
export const INSTALLED = 0;
export const RENTING = 2;
export const RETURNING = 4;

/**
 * is_installed, is_renting and is_returning in one small integer, two bits each: 1 = known, 2 = true.
 * `velolog.flag()` in sql/migrations reads them back.
 */
export function packFlags(
  station: Pick<StationStatus, 'is_installed' | 'is_renting' | 'is_returning'>,
): number {
  return (
    (bits(station.is_installed) << INSTALLED) |
    (bits(station.is_renting) << RENTING) |
    (bits(station.is_returning) << RETURNING)
  );
}

/** Whether the publisher said no: a flag that is missing or true is not. @param flag INSTALLED, RENTING or RETURNING */
export function isDenied(flags: number, flag: number): boolean {
  return ((flags >> flag) & 3) === 1;
}

function bits(flag: boolean | null): number {
  if (flag === null) return 0;
  return flag ? 3 : 1;
}
