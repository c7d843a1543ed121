import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 1.0: no `version`, flags are 1 and 0, times are POSIX seconds, discovery is by language. */
export const gbfsV1: GbfsDocuments = {
  feeds: ['system_information', 'station_information', 'station_status'],
  moreFeeds: ['system_regions', 'system_alerts', 'system_pricing_plans'],
  vehicleFeed: 'free_bike_status',
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
      // Not in any version of GBFS, but feeds of that time sent it.
      ...(state.ebikes === null ? {} : { num_ebikes_available: state.ebikes }),
      num_bikes_disabled: state.bikesDisabled,
      num_docks_available: state.docks,
      num_docks_disabled: state.docksDisabled,
      is_installed: 1,
      is_renting: state.open ? 1 : 0,
      is_returning: state.open ? 1 : 0,
      last_reported: state.lastReported,
    })),
  }),
  vehicleStatus: (vehicles) => ({
    bikes: Array.from(vehicles, (vehicle) => ({
      bike_id: vehicle.vehicle_id,
      lat: vehicle.lat,
      lon: vehicle.lon,
      is_reserved: vehicle.state === 'reserved' ? 1 : 0,
      is_disabled: vehicle.state === 'disabled' ? 1 : 0,
    })),
  }),
  // Vehicle types exist since 2.1.
  vehicleTypes: () => null,
  systemRegions: (regions) => ({ regions }),
  systemAlerts: (alerts, lastUpdated) => ({
    alerts: alerts.map(({ alert_id, summary, description, station_id, startSecond }) => ({
      alert_id,
      type: 'STATION_CLOSURE',
      times: [{ start: startSecond }],
      station_ids: [station_id],
      summary,
      description,
      last_updated: lastUpdated,
    })),
  }),
  systemPricingPlans: (plans) => ({
    plans: plans.map(({ pricePerMinute, ...plan }) => ({ ...plan, is_taxable: 0 })),
  }),
  // Zones exist since 2.1.
  geofencingZones: () => null,
};
