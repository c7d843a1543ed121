import type { Station } from '../city/city.ts';
import type { Alert, Plan, Region, Zone } from '../fleet/city-documents.ts';
import type { PublishedVehicle } from '../fleet/published-vehicles.ts';
import type { VehicleKind } from '../fleet/vehicle-kinds.ts';

/** Writes the documents of one GBFS version as its specification defines them. */
export type GbfsDocuments = {
  /** Feeds that the discovery document of every system lists. */
  feeds: readonly FeedName[];
  /** Feeds that it lists in addition for a system that publishes every feed. */
  moreFeeds: readonly FeedName[];
  /** Feed that it lists in addition for a system with a fleet. */
  vehicleFeed: 'free_bike_status' | 'vehicle_status';
  /** Wraps data as every document of this version does. */
  document: (head: { lastUpdated: number /* epoch seconds */; ttlSeconds: number }, data: unknown) => object;
  discovery: (feeds: { name: FeedName; url: string }[]) => unknown;
  versions: (discoveryUrl: string) => unknown;
  systemInformation: (system: SystemFacts) => unknown;
  stationInformation: (stations: readonly Station[]) => unknown;
  stationStatus: (stations: Iterable<StationState>) => unknown;
  vehicleStatus: (vehicles: Iterable<PublishedVehicle>) => unknown;
  vehicleTypes: (kinds: readonly VehicleKind[]) => unknown;
  systemRegions: (regions: readonly Region[]) => unknown;
  systemAlerts: (alerts: readonly Alert[], lastUpdated: number) => unknown;
  systemPricingPlans: (plans: readonly Plan[]) => unknown;
  geofencingZones: (zones: readonly Zone[]) => unknown;
};

export const FEED_NAMES = [
  'gbfs',
  'gbfs_versions',
  'system_information',
  'station_information',
  'station_status',
  'vehicle_types',
  'free_bike_status',
  'vehicle_status',
  'system_regions',
  'system_alerts',
  'system_pricing_plans',
  'geofencing_zones',
] as const;
export type FeedName = (typeof FEED_NAMES)[number];

export type SystemFacts = {
  system_id: string;
  name: string;
  operator: string;
  timezone: string;
  url: string;
  /** Invented data has no owner, so exports and GBFS out may include it. */
  license_url: string;
  email: string;
};

/** A station as published. The counts add up to its capacity. */
export type StationState = {
  station_id: string;
  bikes: number;
  /** How many of the bikes are electric; null for a system that does not publish this. */
  ebikes: number | null;
  bikesDisabled: number;
  docks: number;
  docksDisabled: number;
  open: boolean;
  lastReported: number /* epoch seconds */;
};
