import type { GbfsStation } from '../questions/gbfs/read-gbfs-stations.ts';
import type { GbfsVersion } from './gbfs-version.ts';
import type { Publication } from './publication.ts';

type Content = Pick<Publication, 'data' | 'leftOut'>;

/** Leaves out stations whose required fields are not all known: there is no honest value for them. */
export function stationStatus(version: GbfsVersion, stations: GbfsStation[]): Content {
  const leftOut = { bikes_unknown: 0, flags_unknown: 0 };
  const rows = stations.flatMap((station) => {
    const { num_bikes_available, is_installed, is_renting, is_returning } = station;
    if (num_bikes_available === null) return miss(leftOut, 'bikes_unknown');
    if (is_installed === null || is_renting === null || is_returning === null)
      return miss(leftOut, 'flags_unknown');
    return [
      {
        station_id: station.station_id,
        [version.numAvailable]: num_bikes_available,
        ...known(version.numDisabled, station.num_bikes_disabled),
        ...known('num_docks_available', station.num_docks_available),
        ...known('num_docks_disabled', station.num_docks_disabled),
        // Lyft's field, which many clients read; GBFS itself gives e-bikes by vehicle type.
        ...known('num_ebikes_available', station.num_ebikes_available),
        is_installed,
        is_renting,
        is_returning,
        last_reported: version.time(new Date(station.observed_at)),
      },
    ];
  });
  return { data: { stations: rows }, leftOut };
}

export function stationInformation(version: GbfsVersion, stations: GbfsStation[]): Content {
  const leftOut = { name_or_place_unknown: 0 };
  const rows = stations.flatMap(({ station_id, name, lat, lon, capacity }) => {
    if (name === null || lat === null || lon === null) return miss(leftOut, 'name_or_place_unknown');
    return [{ station_id, name: version.text(name), lat, lon, ...known('capacity', capacity) }];
  });
  return { data: { stations: rows }, leftOut };
}

/** An unknown value is absent; never null, which GBFS does not have, and never 0. */
export function known(name: string, value: unknown): Record<string, unknown> {
  return value === null || value === undefined ? {} : { [name]: value };
}

export function miss<Reason extends string>(leftOut: Record<Reason, number>, reason: Reason): never[] {
  leftOut[reason] += 1;
  return [];
}
