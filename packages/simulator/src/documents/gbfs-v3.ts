import { vehicleTypesOf } from '../fleet/vehicle-kinds.ts';
import type { GbfsDocuments } from './gbfs-documents.ts';

/** GBFS 3.0: times are RFC 3339, names are localized lists, bikes are vehicles, discovery is one flat list. */
export const gbfsV3: GbfsDocuments = {
  feeds: ['gbfs_versions', 'system_information', 'station_information', 'station_status'],
  moreFeeds: ['vehicle_types', 'system_regions', 'system_alerts', 'system_pricing_plans', 'geofencing_zones'],
  vehicleFeed: 'vehicle_status',
  document: ({ lastUpdated, ttlSeconds }, data) => ({
    last_updated: rfc3339(lastUpdated),
    ttl: ttlSeconds,
    version: '3.0',
    data,
  }),
  discovery: (feeds) => ({ feeds }),
  versions: (url) => ({ versions: [{ version: '3.0', url }] }),
  systemInformation: ({ system_id, name, operator, timezone, url, license_url, email }) => ({
    system_id,
    languages: ['en'],
    name: localized(name),
    opening_hours: '24/7',
    operator: localized(operator),
    url,
    feed_contact_email: email,
    license_url,
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
      ...vehicleTypesOf(state),
      is_installed: true,
      is_renting: state.open,
      is_returning: state.open,
      last_reported: rfc3339(state.lastReported),
    })),
  }),
  vehicleStatus: (vehicles) => ({
    vehicles: Array.from(vehicles, (vehicle) => ({
      vehicle_id: vehicle.vehicle_id,
      lat: vehicle.lat,
      lon: vehicle.lon,
      is_reserved: vehicle.state === 'reserved',
      is_disabled: vehicle.state === 'disabled',
      vehicle_type_id: vehicle.kind.vehicle_type_id,
      last_reported: rfc3339(vehicle.lastReported),
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
      name: localized(name),
      ...(maxRangeMeters === null ? {} : { max_range_meters: maxRangeMeters }),
      default_pricing_plan_id: 'single',
    })),
  }),
  systemRegions: (regions) => ({
    regions: regions.map(({ region_id, name }) => ({ region_id, name: localized(name) })),
  }),
  systemAlerts: (alerts, lastUpdated) => ({
    alerts: alerts.map(({ alert_id, summary, description, station_id, startSecond }) => ({
      alert_id,
      type: 'station_closure',
      times: [{ start: rfc3339(startSecond) }],
      station_ids: [station_id],
      summary: localized(summary),
      description: localized(description),
      last_updated: rfc3339(lastUpdated),
    })),
  }),
  systemPricingPlans: (plans) => ({
    plans: plans.map(({ plan_id, name, description, currency, price, pricePerMinute }) => ({
      plan_id,
      name: localized(name),
      description: localized(description),
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
          name: localized(zone.name),
          rules: [
            {
              ride_start_allowed: zone.rideAllowed,
              ride_end_allowed: zone.rideAllowed,
              ride_through_allowed: zone.rideThroughAllowed,
              ...(zone.maximumSpeedKph === null ? {} : { maximum_speed_kph: zone.maximumSpeedKph }),
            },
          ],
        },
      })),
    },
    global_rules: [{ ride_start_allowed: true, ride_end_allowed: true, ride_through_allowed: true }],
  }),
};

function localized(text: string): { text: string; language: string }[] {
  return [{ text, language: 'en' }];
}

function rfc3339(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString().replace('.000Z', 'Z');
}
