import type { GivenStation } from '../workers/test-store.ts';

/** A station of a poll that rents and accepts returns; undefined values are absent from the body. */
export function givenStation(
  station_id: string,
  bikes?: number | null,
  docks?: number | null,
  more: object = {},
): GivenStation {
  return {
    station_id,
    is_installed: true,
    is_renting: true,
    is_returning: true,
    ...(bikes !== undefined && { num_bikes_available: bikes }),
    ...(docks !== undefined && { num_docks_available: docks }),
    ...more,
  };
}
