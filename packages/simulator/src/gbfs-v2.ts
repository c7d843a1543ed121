import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 2.3: `version`, flags are booleans, times are POSIX seconds, discovery is by language. */
export const gbfsV2: GbfsDocuments = {
  feeds: ['gbfs_versions', 'system_information', 'station_information', 'station_status'],
  document: ({ lastUpdated, ttlSeconds }, data) => ({
    last_updated: lastUpdated,
    ttl: ttlSeconds,
    version: '2.3',
    data,
  }),
  discovery: (feeds) => ({ en: { feeds } }),
  versions: (url) => ({ versions: [{ version: '2.3', url }] }),
  systemInformation: ({ email, ...facts }) => ({ language: 'en', ...facts, feed_contact_email: email }),
  stationInformation: (stations) => ({
    stations: stations.map(({ station_id, name, lat, lon, capacity }) => ({
      station_id,
      name,
      lat,
      lon,
      is_virtual_station: false,
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
      is_installed: true,
      is_renting: state.open,
      is_returning: state.open,
      last_reported: state.lastReported,
    })),
  }),
};
