import { decodeDiscovery } from '@velolog/gbfs/discovery';
import { decodeGbfsVersions } from '@velolog/gbfs/feeds/gbfs-versions';
import { decodeStationInformation } from '@velolog/gbfs/feeds/station-information';
import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { decodeSystemInformation } from '@velolog/gbfs/feeds/system-information';
import { expect, test } from 'vitest';
import { PublishedSystem } from '../published-system.ts';
import { GBFS_VERSIONS, type GbfsVersion, planSystems } from '../systems.ts';
import type { FeedName } from './gbfs-documents.ts';

const startedAtMs = Date.UTC(2026, 10, 23, 7);
const SECOND = startedAtMs / 1000;
const BASE = 'http://simulated.test/sim-oslo';

const HEADS: Record<GbfsVersion, object> = {
  '1.0': { last_updated: SECOND, ttl: 3600 },
  '2.3': { last_updated: SECOND, ttl: 3600, version: '2.3' },
  '3.0': { last_updated: '2026-11-23T07:00:00Z', ttl: 3600, version: '3.0' },
};

const feedsOf = (...names: string[]) => names.map((name) => ({ name, url: `${BASE}/${name}.json` }));
const NEWER_FEEDS = feedsOf('gbfs_versions', 'system_information', 'station_information', 'station_status');
const DISCOVERIES: Record<GbfsVersion, object> = {
  '1.0': { en: { feeds: feedsOf('system_information', 'station_information', 'station_status') } },
  '2.3': { en: { feeds: NEWER_FEEDS } },
  '3.0': { feeds: NEWER_FEEDS },
};

const NAME = 'Simulated city Oslo (simulated)';
const SYSTEM = {
  system_id: 'sim-oslo',
  url: 'http://simulated.test',
  timezone: 'Europe/Oslo',
  license_url: 'https://creativecommons.org/publicdomain/zero/1.0/',
};
const EMAIL = 'simulator@example.org';
const SYSTEM_INFORMATION: Record<GbfsVersion, object> = {
  '1.0': { ...SYSTEM, name: NAME, operator: 'Velolog simulator', language: 'en', email: EMAIL },
  '2.3': { ...SYSTEM, name: NAME, operator: 'Velolog simulator', language: 'en', feed_contact_email: EMAIL },
  '3.0': {
    ...SYSTEM,
    name: [{ text: NAME, language: 'en' }],
    operator: [{ text: 'Velolog simulator', language: 'en' }],
    languages: ['en'],
    opening_hours: '24/7',
    feed_contact_email: EMAIL,
  },
};

const PLACE = {
  station_id: '1',
  lat: expect.any(Number),
  lon: expect.any(Number),
  capacity: expect.any(Number),
};
const STATION_INFORMATION: Record<GbfsVersion, object> = {
  '1.0': { ...PLACE, name: expect.any(String) },
  '2.3': { ...PLACE, name: expect.any(String), is_virtual_station: false },
  '3.0': { ...PLACE, name: [{ text: expect.any(String), language: 'en' }], is_virtual_station: false },
};

const DOCKS = {
  station_id: '1',
  num_docks_available: expect.any(Number),
  num_docks_disabled: expect.any(Number),
};
const BIKES = { num_bikes_available: expect.any(Number), num_bikes_disabled: expect.any(Number) };
const VEHICLES = { num_vehicles_available: expect.any(Number), num_vehicles_disabled: expect.any(Number) };
const OPEN = { is_installed: true, is_renting: true, is_returning: true };
const STATION_STATUS: Record<GbfsVersion, object> = {
  '1.0': {
    ...DOCKS,
    ...BIKES,
    is_installed: 1,
    is_renting: 1,
    is_returning: 1,
    last_reported: expect.any(Number),
  },
  '2.3': { ...DOCKS, ...BIKES, ...OPEN, last_reported: expect.any(Number) },
  '3.0': {
    ...DOCKS,
    ...VEHICLES,
    ...OPEN,
    last_reported: expect.stringMatching(/^2026-11-23T0[67]:\d\d:\d\dZ$/),
  },
};

for (const version of GBFS_VERSIONS) {
  const document = (feed: FeedName) => {
    const [plan] = planSystems({ systems: 1, stations: 25, versions: [version], seed: 'shape' });
    if (!plan) throw new Error('No system was planned');
    const timeline = { startedAtMs, publicationSeconds: 20, timeFactor: 1 };
    const run = { timeline, ttlSeconds: 20, startHour: null, baseUrl: 'http://simulated.test' };
    return new PublishedSystem(plan, run).answer(feed, startedAtMs)?.document() as {
      data: { stations: object[] };
    };
  };

  test(`${version}: discovery is as the specification has it, and every feed it lists is there`, () => {
    expect(document('gbfs')).toEqual({ ...HEADS[version], data: DISCOVERIES[version] });
    const { rows } = decodeDiscovery(document('gbfs'), `${BASE}/gbfs.json`);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['system_information', 'station_status']),
    );
    for (const { name } of rows) expect(document(name as FeedName), name).toBeDefined();
  });

  test(`${version}: system_information is as the specification has it and says that all is simulated`, () => {
    expect(document('system_information')).toEqual({ ...HEADS[version], data: SYSTEM_INFORMATION[version] });
    const { rows, skipped, coerced } = decodeSystemInformation(document('system_information'));
    expect(rows[0]).toMatchObject({
      system_id: 'sim-oslo',
      name: NAME,
      operator: 'Velolog simulator',
      timezone: 'Europe/Oslo',
    });
    expect([skipped, coerced]).toEqual([{}, {}]);
  });

  test(`${version}: station_information is as the specification has it`, () => {
    expect(document('station_information').data.stations[0]).toEqual(STATION_INFORMATION[version]);
    const { rows, skipped, coerced } = decodeStationInformation(document('station_information'));
    expect([rows.length, skipped, coerced]).toEqual([25, {}, {}]);
    // A simulated city has no regions, and nobody rents there.
    for (const { region_id, rental_uris, ...row } of rows) {
      expect([region_id, rental_uris]).toEqual([null, null]);
      expect(Object.values(row)).not.toContain(null);
    }
  });

  test(`${version}: station_status is as the specification has it, complete, and adds up to the capacity`, () => {
    expect(document('station_status')).toMatchObject({ ...HEADS[version], ttl: 20 });
    expect(document('station_status').data.stations[0]).toEqual(STATION_STATUS[version]);
    const { rows, skipped, coerced, last_updated, ttl } = decodeStationStatus(document('station_status'));
    expect([rows.length, skipped, coerced, last_updated, ttl]).toEqual([25, {}, {}, SECOND, 20]);
    const capacities = decodeStationInformation(document('station_information')).rows.map(
      ({ capacity }) => capacity,
    );
    const totals = rows.map(
      (row) =>
        Number(row.num_bikes_available) +
        Number(row.num_bikes_disabled) +
        Number(row.num_docks_available) +
        Number(row.num_docks_disabled),
    );
    expect(totals).toEqual(capacities);
  });

  const named = version === '1.0' ? undefined : [{ version, url: `${BASE}/gbfs.json` }];
  test(`${version}: gbfs_versions ${named ? 'names this version' : 'does not exist, as 1.0 knows no such feed'}`, () => {
    const versions = document('gbfs_versions');
    expect(versions && decodeGbfsVersions(versions).rows).toEqual(named);
  });
}
