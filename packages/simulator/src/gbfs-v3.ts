import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 3.0: times are RFC 3339, names are localized lists, bikes are vehicles, discovery is one flat list. */
export const gbfsV3: GbfsDocuments = {
  feeds: ['gbfs_versions', 'system_information', 'station_information', 'station_status'],
  document: ({ lastUpdated, ttlSeconds }, data) => ({
    last_updated: rfc3339(lastUpdated),
    ttl: ttlSeconds,
    version: '3.0',
    data,
  }),
  discovery: (feeds) => ({ feeds }),
  versions: (url) => ({ versions: [{ version: '3.0', url }] }),
  systemInformation: ({ system_id, name, operator, timezone, url, email }) => ({
    system_id,
    languages: ['en'],
    name: localized(name),
    opening_hours: '24/7',
    operator: localized(operator),
    url,
    feed_contact_email: email,
    timezone,
  }),
  stationInformation: (stations) => ({
    stations: stations.map(({ station_id, name, lat, lon, capacity }) => ({
      station_id,
      name: localized(name),
      lat,
      lon,
      is_virtual_station: false,
      capacity,
    })),
  }),
  stationStatus: (stations) => ({
    stations: Array.from(stations, (state) => ({
      station_id: state.station_id,
      num_vehicles_available: state.bikes,
      num_vehicles_disabled: state.bikesDisabled,
      num_docks_available: state.docks,
      num_docks_disabled: state.docksDisabled,
      is_installed: true,
      is_renting: state.open,
      is_returning: state.open,
      last_reported: rfc3339(state.lastReported),
    })),
  }),
};

function localized(text: string): { text: string; language: string }[] {
  return [{ text, language: 'en' }];
}

function rfc3339(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
