import { decodeDiscovery } from '@velolog/gbfs/discovery';
import { FEEDS } from '@velolog/gbfs/feeds';
import { decodeGeofencingZones } from '@velolog/gbfs/feeds/geofencing-zones';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { decodeSystemAlerts } from '@velolog/gbfs/feeds/system-alerts';
import { decodeVehicleStatus } from '@velolog/gbfs/feeds/vehicle-status';
import { expect, test } from 'vitest';
import { FEED_NAMES, type FeedName } from '../documents/gbfs-documents.ts';
import { PublishedSystem } from '../published-system.ts';
import { GBFS_VERSIONS, type GbfsVersion, planSystems } from '../systems.ts';

const startedAtMs = Date.UTC(2026, 10, 23, 7);
const later = startedAtMs + 30 * 3_600_000;

function cityOf(version: GbfsVersion, everyFeed = true): PublishedSystem {
  const [plan] = planSystems({
    systems: 1,
    stations: 150,
    versions: [version],
    vehicles: everyFeed ? 200 : 0,
    everyFeed,
    seed: 'every-feed',
  });
  if (plan === undefined) throw new Error('no system was planned');
  const timeline = { startedAtMs, publicationSeconds: 60, timeFactor: 1 };
  return new PublishedSystem(plan, {
    timeline,
    ttlSeconds: 60,
    startHour: null,
    baseUrl: 'http://simulated.test',
  });
}

function read(city: PublishedSystem, feed: FeedName): unknown {
  return JSON.parse(JSON.stringify(city.answer(feed, later)?.document() ?? null));
}

test.each([...GBFS_VERSIONS])(
  'every feed that a city of GBFS %s lists decodes without a repair',
  (version) => {
    const city = cityOf(version);
    const listed = decodeDiscovery(read(city, 'gbfs'), city.discoveryUrl).rows.map(({ name }) => name);
    expect(listed).toContain(version === '3.0' ? 'vehicle_status' : 'free_bike_status');
    expect(listed).toContain('system_alerts');
    expect(listed.includes('vehicle_types')).toBe(version !== '1.0');
    for (const name of listed) {
      const feed = Object.values(FEEDS).find(({ names }) => names.some((one) => one.name === name));
      const decoded = feed?.decode?.(read(city, name as FeedName));
      expect([name, decoded?.skipped, decoded?.coerced]).toEqual([name, {}, {}]);
      // Most of the time no station is closed, and nothing is announced.
      if (name !== 'system_alerts') expect([name, (decoded?.rows.length ?? 0) > 0]).toEqual([name, true]);
    }
  },
);

test.each([...GBFS_VERSIONS])(
  'in GBFS %s a closed station is announced as long as it is closed',
  (version) => {
    const city = cityOf(version);
    let announced = 0;
    for (let hour = 0; hour < 96; hour++) {
      const at = startedAtMs + hour * 3_600_000;
      const document = JSON.parse(JSON.stringify(city.answer('system_alerts', at)?.document()));
      const closed = city.truth(at).stations.filter(({ open }) => !open);
      const { rows, coerced } = decodeSystemAlerts(document);
      expect(rows.map(({ station_ids }) => station_ids?.[0])).toEqual(
        closed.map(({ station_id }) => station_id),
      );
      expect(rows.every(({ type }) => type === 'station_closure')).toBe(true);
      expect(coerced).toEqual({});
      announced += rows.length;
    }
    expect(announced).toBeGreaterThan(0);
  },
);

test('a city with only stations lists the same feeds as before', () => {
  const city = cityOf('2.3', false);
  const listed = FEED_NAMES.filter((feed) => city.answer(feed, later) !== null);
  expect(listed).toEqual([
    'gbfs',
    'gbfs_versions',
    'system_information',
    'station_information',
    'station_status',
  ]);
});

test.each(['2.3', '3.0'] as const)('the types at a station of GBFS %s add up to its bikes', (version) => {
  const { rows } = decodeStationStatus(read(cityOf(version), 'station_status'));
  for (const { num_bikes_available, vehicle_types_available } of rows) {
    const sum = vehicle_types_available?.reduce((all, { count }) => all + (count ?? 0), 0);
    expect(sum).toBe(num_bikes_available);
  }
});

test('GBFS 1.0 gives e-bikes as feeds of its time did', () => {
  const { rows } = decodeStationStatus(read(cityOf('1.0'), 'station_status'));
  expect(rows.some(({ num_ebikes_available }) => (num_ebikes_available ?? 0) > 0)).toBe(true);
});

test('after a day batteries differ and some are flat; the slow zone has a hole', () => {
  const city = cityOf('3.0');
  const { rows } = decodeVehicleStatus(read(city, 'vehicle_status'));
  expect(new Set(rows.map(({ current_fuel_percent }) => current_fuel_percent)).size).toBeGreaterThan(20);
  expect(new Set(rows.map(({ state }) => state)).has('disabled')).toBe(true);
  const zones = decodeGeofencingZones(read(city, 'geofencing_zones')).rows;
  expect(zones.find(({ name }) => name === 'Slow zone')?.polygons?.[0]).toHaveLength(2);
});
