import type { Decoded } from './decoded.ts';
import { decodeGbfsVersions } from './feeds/gbfs-versions.ts';
import { decodeGeofencingZones } from './feeds/geofencing-zones.ts';
import { decodeStationInformation } from './feeds/station-information.ts';
import { decodeStationStatus } from './feeds/station-status.ts';
import { decodeSystemAlerts } from './feeds/system-alerts.ts';
import { decodeSystemCalendar } from './feeds/system-calendar.ts';
import { decodeSystemHours } from './feeds/system-hours.ts';
import { decodeSystemInformation } from './feeds/system-information.ts';
import { decodeSystemPricingPlans } from './feeds/system-pricing-plans.ts';
import { decodeSystemRegions } from './feeds/system-regions.ts';
import { decodeVehicleStatus } from './feeds/vehicle-status.ts';
import { decodeVehicleTypes } from './feeds/vehicle-types.ts';

/** The versions of GBFS that Velolog knows. */
export const GBFS_VERSIONS = ['1.0', '1.1', '2.0', '2.1', '2.2', '2.3', '3.0', '3.1'] as const;
type KnownVersion = (typeof GBFS_VERSIONS)[number];

/** One feed of GBFS. Its name may have changed between versions. */
export type Feed = {
  /** Its names, each with the versions of GBFS that use it (first and last included); the newest name comes last. */
  names: readonly { name: string; since: KnownVersion; until: KnownVersion }[];
  /** A `live` feed changes with every ride and is polled as its ttl says; a `static` one changes rarely; `discovery` says where the others are. */
  kind: 'discovery' | 'live' | 'static';
  /** Null when Velolog knows the feed but does not read it. */
  decode: ((document: unknown, languages?: readonly string[]) => Decoded<unknown>) | null;
  /**
   * What an empty list means. `nothing_known` for stations, which do not all disappear at once (seasonal systems empty their list);
   * `nothing_there` where nothing may be parked, announced or defined. Null when the feed is not a list.
   */
  emptyList: 'nothing_known' | 'nothing_there' | null;
  /** Bodies with vehicle ids go to a separate topic, which keeps them for one day only. */
  topic: 'velolog.polls' | 'velolog.vehicle-polls';
};

const ALWAYS = { since: '1.0', until: '3.1' } as const;
const POLLS = 'velolog.polls';

/** Every feed of GBFS once. */
export const FEEDS = {
  gbfs: {
    names: [{ name: 'gbfs', ...ALWAYS }],
    kind: 'discovery',
    // Its URLs may be relative to its own, which only `decodeDiscovery` takes.
    decode: null,
    emptyList: 'nothing_known',
    topic: POLLS,
  },
  gbfs_versions: {
    names: [{ name: 'gbfs_versions', since: '1.1', until: '3.1' }],
    kind: 'discovery',
    decode: (document) => decodeGbfsVersions(document),
    emptyList: 'nothing_known',
    topic: POLLS,
  },
  manifest: {
    names: [{ name: 'manifest', since: '3.0', until: '3.1' }],
    kind: 'discovery',
    decode: null,
    emptyList: 'nothing_known',
    topic: POLLS,
  },
  system_information: {
    names: [{ name: 'system_information', ...ALWAYS }],
    kind: 'static',
    decode: decodeSystemInformation,
    emptyList: null,
    topic: POLLS,
  },
  vehicle_types: {
    names: [{ name: 'vehicle_types', since: '2.1', until: '3.1' }],
    kind: 'static',
    decode: decodeVehicleTypes,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  station_information: {
    names: [{ name: 'station_information', ...ALWAYS }],
    kind: 'static',
    decode: decodeStationInformation,
    emptyList: 'nothing_known',
    topic: POLLS,
  },
  station_status: {
    names: [{ name: 'station_status', ...ALWAYS }],
    kind: 'live',
    decode: decodeStationStatus,
    emptyList: 'nothing_known',
    topic: POLLS,
  },
  vehicle_status: {
    names: [
      { name: 'free_bike_status', since: '1.0', until: '2.3' },
      { name: 'vehicle_status', since: '3.0', until: '3.1' },
    ],
    kind: 'live',
    decode: decodeVehicleStatus,
    emptyList: 'nothing_there',
    topic: 'velolog.vehicle-polls',
  },
  vehicle_availability: {
    names: [{ name: 'vehicle_availability', since: '3.1', until: '3.1' }],
    kind: 'live',
    decode: null,
    emptyList: 'nothing_there',
    topic: 'velolog.vehicle-polls',
  },
  system_hours: {
    names: [{ name: 'system_hours', since: '1.0', until: '2.3' }],
    kind: 'static',
    decode: decodeSystemHours,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  system_calendar: {
    names: [{ name: 'system_calendar', since: '1.0', until: '2.3' }],
    kind: 'static',
    decode: decodeSystemCalendar,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  system_regions: {
    names: [{ name: 'system_regions', ...ALWAYS }],
    kind: 'static',
    decode: decodeSystemRegions,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  system_pricing_plans: {
    names: [{ name: 'system_pricing_plans', ...ALWAYS }],
    kind: 'static',
    decode: decodeSystemPricingPlans,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  system_alerts: {
    names: [{ name: 'system_alerts', ...ALWAYS }],
    kind: 'static',
    decode: decodeSystemAlerts,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
  geofencing_zones: {
    names: [{ name: 'geofencing_zones', since: '2.1', until: '3.1' }],
    kind: 'static',
    decode: decodeGeofencingZones,
    emptyList: 'nothing_there',
    topic: POLLS,
  },
} as const satisfies Record<string, Feed>;

export type FeedKey = keyof typeof FEEDS;

const BY_NAME = new Map<string, FeedKey>(
  (Object.keys(FEEDS) as FeedKey[]).flatMap((key) =>
    FEEDS[key].names.map(({ name }): [string, FeedKey] => [name, key]),
  ),
);

/** Finds the feed that has this name in any version of GBFS; `undefined` when there is none. */
export function feedNamed(name: string): Feed | undefined {
  const key = BY_NAME.get(name);
  return key === undefined ? undefined : FEEDS[key];
}

/** The names under which a feed may be listed, newest last. */
export function namesOf(key: FeedKey): string[] {
  return FEEDS[key].names.map(({ name }) => name);
}

/** All names of the feed that has this name, which is among them; only the name itself for a feed that we do not know. */
export function allNamesOf(name: string): string[] {
  const key = BY_NAME.get(name);
  return key === undefined ? [name] : namesOf(key);
}

/** The feeds whose bodies contain vehicle ids. */
export const VEHICLE_FEED_NAMES: readonly string[] = [...BY_NAME]
  .filter(([, key]) => FEEDS[key].topic === 'velolog.vehicle-polls')
  .map(([name]) => name);

export function hasVehicleIds(name: string): boolean {
  return feedNamed(name)?.topic === 'velolog.vehicle-polls';
}
