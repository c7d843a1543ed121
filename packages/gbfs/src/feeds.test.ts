import { expect, test } from 'vitest';
import { allNamesOf, FEEDS, type FeedKey, feedNamed, GBFS_VERSIONS, namesOf } from './feeds.ts';

const all = Object.values(FEEDS);

test('a name stands for one feed only, and a feed is found by each of its names', () => {
  const names = (Object.keys(FEEDS) as FeedKey[]).flatMap(namesOf);
  expect(new Set(names).size).toBe(names.length);
  expect(feedNamed('free_bike_status')).toBe(FEEDS.vehicle_status);
  expect(feedNamed('vehicle_status')).toBe(FEEDS.vehicle_status);
  expect(feedNamed('__proto__')).toBeUndefined();
  expect(feedNamed('toString')).toBeUndefined();
});

test('each name of a feed has the same names, and an unknown one only itself', () => {
  const names = ['free_bike_status', 'vehicle_status'];
  for (const name of names) expect(allNamesOf(name)).toEqual(names);
  expect(allNamesOf('station_status')).toEqual(['station_status']);
  expect(allNamesOf('toString')).toEqual(['toString']);
});

test('the names of a feed follow each other without overlap, the newest last', () => {
  for (const { names } of all) {
    const spans = names.map(({ since, until }) => [
      GBFS_VERSIONS.indexOf(since),
      GBFS_VERSIONS.indexOf(until),
    ]);
    for (const [since = 0, until = 0] of spans) expect(since).toBeLessThanOrEqual(until);
    for (let index = 1; index < spans.length; index++) {
      expect(spans[index]?.[0]).toBe((spans[index - 1]?.[1] ?? 0) + 1);
    }
  }
});

test('bodies with vehicle ids, and no others, go to the topic that forgets them after a day', () => {
  const apart = (Object.keys(FEEDS) as FeedKey[]).filter(
    (key) => FEEDS[key].topic === 'velolog.vehicle-polls',
  );
  expect(apart).toEqual(['vehicle_status', 'vehicle_availability']);
});

test('an empty list of stations says nothing; an empty list of vehicles says that none is parked', () => {
  expect(FEEDS.station_status.emptyList).toBe('nothing_known');
  expect(FEEDS.vehicle_status.emptyList).toBe('nothing_there');
});

test('every decoder reads an empty list of its own as no rows, and refuses a body of another feed', () => {
  const lists = {
    stations: [],
    vehicles: [],
    vehicle_types: [],
    alerts: [],
    regions: [],
    plans: [],
    rental_hours: [],
    calendars: [],
    versions: [],
    geofencing_zones: { features: [] },
  };
  for (const { decode, emptyList } of all) {
    if (decode === null || emptyList === null) continue;
    expect(decode({ data: lists }).rows).toEqual([]);
    expect(() => decode({ data: { something_else: [] } })).toThrow(/no (list|collection)/);
  }
});
