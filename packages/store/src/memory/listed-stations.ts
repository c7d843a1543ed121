import type { StationInformation } from '@velolog/gbfs/feeds/station-information';

/** What the lists of station_information in one transaction say, however many there are. */
export type ListedStations = {
  /** The first of the lists: a station that none of them has was last listed before it. */
  first_at: number;
  /** By id: the newest row of a station, and the first list after it that lacked the station. */
  stations: Map<string, { row: StationInformation; delisted_at: number | null }>;
};

/**
 * Adds the next list to those before it.
 * @param rows not empty: an empty list says nothing of the stations
 */
export function addList(
  before: ListedStations | undefined,
  rows: readonly StationInformation[],
  at: number,
): ListedStations {
  const { first_at, stations } = before ?? { first_at: at, stations: new Map() };
  for (const station of stations.values()) station.delisted_at ??= at;
  for (const row of rows) stations.set(row.station_id, { row, delisted_at: null });
  return { first_at, stations };
}
