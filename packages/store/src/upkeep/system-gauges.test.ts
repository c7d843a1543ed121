import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { utcOffsetSeconds } from './system-gauges.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  store.context.metrics.onCollectSystems(() => store.state.systems.values());
});
afterAll(() => store[Symbol.asyncDispose]());

/** What Prometheus would read of one system; times as seconds since the start of the test's time. */
async function gauges(system: string) {
  const { stations_listed, stations_vanished, last_observed, last_change, utc_offset } =
    store.context.metrics;
  const read = async (gauge: typeof stations_listed) =>
    (await gauge.get()).values.find(({ labels }) => labels.system === system)?.value;
  const sinceStart = (value: number | undefined) => value && value - START / 1000;
  return {
    listed: await read(stations_listed),
    vanished: await read(stations_vanished),
    observed: sinceStart(await read(last_observed)),
    changed: sinceStart(await read(last_change)),
    utc_offset: await read(utc_offset),
  };
}

const stations = (ids: string[], bikes = 5) =>
  ids.map((station_id) => ({ station_id, num_bikes_available: bikes, num_docks_available: 10 - bikes }));

test('a station that the list lacks counts as vanished until it is back', async () => {
  await store.poll('city', 10, stations(['1', '2', '3']));
  expect(await gauges('city')).toMatchObject({ listed: 3, vanished: 0 });
  await store.poll('city', 20, stations(['1']));
  expect(await gauges('city')).toMatchObject({ listed: 1, vanished: 2 });
  await store.poll('city', 30, stations(['1', '2', '3']));
  expect(await gauges('city')).toMatchObject({ listed: 3, vanished: 0 });
});

test('an empty list has 0 stations and is no observation', async () => {
  await store.poll('emptied', 10, stations(['1', '2']));
  await store.poll('emptied', 20, []);
  expect(await gauges('emptied')).toMatchObject({ listed: 0, vanished: 0, observed: 10 });
});

test('"not modified" is an observation and no change', async () => {
  await store.poll('calm', 10, stations(['1'], 5));
  await store.poll('calm', 20, stations(['1'], 6));
  await store.poll('calm', 30, stations(['1'], 6));
  await store.record({ system_id: 'calm', second: 40, outcome: 'unchanged', http_status: 304 });
  expect(await gauges('calm')).toMatchObject({ listed: 1, observed: 40, changed: 20 });
});

test('what is not known has no series', async () => {
  await store.record({ system_id: 'mute', second: 10, outcome: 'failed', error: 'http_500' });
  expect(await gauges('mute')).toEqual({
    listed: undefined,
    vanished: undefined,
    observed: undefined,
    changed: undefined,
    utc_offset: undefined,
  });
});

test('a restart of the worker changes none of it', async () => {
  await store.poll('again', 10, stations(['1', '2', '3']));
  const data = { system_id: 'again', name: 'Again', timezone: 'Europe/Oslo' };
  await store.record({ system_id: 'again', second: 11, feed: 'system_information', body: { data } });
  await store.poll('again', 20, stations(['1', '2'], 6));
  await store.poll('again', 30, stations(['1', '2'], 6));
  const before = await gauges('again');
  expect(before).toMatchObject({ listed: 2, vanished: 1, observed: 30, changed: 20 });
  expect(before.utc_offset).toBe(utcOffsetSeconds('Europe/Oslo', new Date()));
  store.restart();
  await store.record({ system_id: 'again', second: 40, outcome: 'failed', error: 'http_500' });
  expect(await gauges('again')).toEqual(before);
});

test('the offset from UTC follows daylight saving and knows half hours', () => {
  expect(utcOffsetSeconds('Europe/Oslo', new Date('2026-07-01T12:00:00Z'))).toBe(7200);
  expect(utcOffsetSeconds('Europe/Oslo', new Date('2026-12-01T12:00:00Z'))).toBe(3600);
  expect(utcOffsetSeconds('America/St_Johns', new Date('2026-12-01T12:00:00Z'))).toBe(-12_600);
  expect(utcOffsetSeconds('UTC', new Date())).toBe(0);
  expect(utcOffsetSeconds('Nowhere/At_All', new Date())).toBeNull();
});
