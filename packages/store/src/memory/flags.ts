import type { StationStatus } from '@velolog/gbfs/feeds/station-status';

/**
 * is_installed, is_renting and is_returning in one small integer, two bits each: 1 = known, 2 = true.
 * `velolog.flag()` in sql/migrations reads them back.
 */
export function packFlags(
  station: Pick<StationStatus, 'is_installed' | 'is_renting' | 'is_returning'>,
): number {
  return bits(station.is_installed) | (bits(station.is_renting) << 2) | (bits(station.is_returning) << 4);
}

function bits(flag: boolean | null): number {
  if (flag === null) return 0;
  return flag ? 3 : 1;
}
