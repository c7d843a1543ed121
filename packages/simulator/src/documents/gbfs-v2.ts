import { vehicleTypesOf } from '../fleet/vehicle-kinds.ts';
import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 2.3: `version`, flags are booleans, times are POSIX seconds, discovery is by language. */
export const gbfsV2: GbfsDocuments = {
  feeds: ['gbfs_versions', 'system_information', 'station_information', 'station_status'],
  moreFeeds: ['vehicle_types', 'system_regions', 'system_alerts', 'system_pricing_plans', 'geofencing_zones'],
  vehicleFeed: 'free_bike_status',
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
      ...vehicleTypesOf(state),
      is_installed: true,
      is_renting: state.open,
      is_returning: state.open,
      last_reported: state.lastReported,
    })),
  }),
  vehicleStatus: (vehicles) => ({
    bikes: Array.from(vehicles, (vehicle) => ({
      bike_id: vehicle.vehicle_id,
      lat: vehicle.lat,
      lon: vehicle.lon,
      is_reserved: vehicle.state === 'reserved',
      is_disabled: vehicle.state === 'disabled',
      vehicle_type_id: vehicle.kind.vehicle_type_id,
      last_reported: vehicle.lastReported,
      ...(vehicle.rangeMeters === null
        ? {}
        : { current_range_meters: vehicle.rangeMeters, current_fuel_percent: vehicle.battery }),
    })),
  }),
  vehicleTypes: (kinds) => ({
    vehicle_types: kinds.map(({ vehicle_type_id, form_factor, propulsion_type, name, maxRangeMeters }) => ({
      vehicle_type_id,
      form_factor,
      propulsion_type,
      name: name,
      ...(maxRangeMeters === null ? {} : { max_range_meters: maxRangeMeters }),
      default_pricing_plan_id: 'single',
    })),
  }),
  systemRegions: (regions) => ({ regions }),
  systemAlerts: (alerts, lastUpdated) => ({
    alerts: alerts.map(({ alert_id, summary, description, station_id, startSecond }) => ({
      alert_id,
      type: 'station_closure',
      times: [{ start: startSecond }],
      station_ids: [station_id],
      summary: summary,
      description: description,
      last_updated: lastUpdated,
    })),
  }),
  systemPricingPlans: (plans) => ({
    plans: plans.map(({ plan_id, name, description, currency, price, pricePerMinute }) => ({
      plan_id,
      name: name,
      description: description,
      currency,
      price,
      is_taxable: false,
      ...(pricePerMinute === 0 ? {} : { per_min_pricing: [{ start: 0, rate: pricePerMinute, interval: 1 }] }),
    })),
  }),
  geofencingZones: (zones) => ({
    geofencing_zones: {
      type: 'FeatureCollection',
      features: zones.map((zone) => ({
        type: 'Feature',
        geometry: { type: 'MultiPolygon', coordinates: [zone.rings] },
        properties: {
          name: zone.name,
          rules: [
            {
              ride_allowed: zone.rideAllowed,
              ride_through_allowed: zone.rideThroughAllowed,
              ...(zone.maximumSpeedKph === null ? {} : { maximum_speed_kph: zone.maximumSpeedKph }),
            },
          ],
        },
      })),
    },
  }),
};
