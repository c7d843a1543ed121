import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 1.0: no `version`, flags are 1 and 0, times are POSIX seconds, discovery is by language. */
export const gbfsV1: GbfsDocuments = {
  feeds: ['system_information', 'station_information', 'station_status'],
  document: ({ lastUpdated, ttlSeconds }, data) => ({ last_updated: lastUpdated, ttl: ttlSeconds, data }),
  discovery: (feeds) => ({ en: { feeds } }),
  versions: () => null,
  systemInformation: ({ email, ...facts }) => ({ language: 'en', ...facts, email }),
  stationInformation: (stations) => ({
    stations: stations.map(({ station_id, name, lat, lon, capacity }) => ({
      station_id,
      name,
      lat,
      lon,
      capacity,
    })),
  }),
  stationStatus: (stations) => ({
    stations: Array.from(stations, (state) => ({
      station_id: state.station_id,
      num_bikes_available: state.bikes,
      num_bikes_disabled: state.bikesDisabled,
      num_docks_available: state.docks,
      num_docks_disabled: state.docksDisabled,
      is_installed: 1,
      is_renting: state.open ? 1 : 0,
      is_returning: state.open ? 1 : 0,
      last_reported: state.lastReported,
    })),
  }),
};
