import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../../test/history/told-vehicles.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { readFormFactors } from '../memory/vehicles/load-vehicle-types.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  store.context.metrics.onCollectSystems(() => store.state.systems.values());
});
afterAll(() => store[Symbol.asyncDispose]());

/** The series of one system, as `form factor state: value`; those that are 0 only as asked for. */
async function fleet(system: string, { zeros = false } = {}): Promise<string[]> {
  const { values } = await store.context.metrics.vehicles.get();
  return values
    .filter(({ labels, value }) => labels.system === system && (zeros || value > 0))
    .map(({ labels, value }) => `${labels.form_factor} ${labels.state}: ${value}`)
    .sort();
}

/** Since the start of the test's time. */
async function secondOf(gauge: 'vehicles_observed' | 'vehicles_changed', system: string) {
  const { values } = await store.context.metrics[gauge].get();
  const value = values.find(({ labels }) => labels.system === system)?.value;
  return value === undefined ? undefined : value - START / 1000;
}

const readTypes = () => readFormFactors(store.context.pool, store.context.metrics.systems());

test('vehicles count by form factor and state, those at stations not', async () => {
  await vehicles(store, 'city', 0, [
    bike('1', { vehicle_type_id: 's' }),
    bike('2', { vehicle_type_id: 's', east: 300, is_reserved: true }),
    bike('3', { vehicle_type_id: 'e', east: 600, is_disabled: true }),
    bike('4', { vehicle_type_id: 'e', east: 900, station_id: 'dock' }),
    bike('5', { east: 1200 }),
  ]);
  expect(await fleet('city')).toEqual(['unknown available: 2', 'unknown disabled: 1', 'unknown reserved: 1']);
  await tellTypes(store, 'city');
  await readTypes();
  expect(await fleet('city')).toEqual([
    'bicycle disabled: 1',
    'scooter_standing available: 1',
    'scooter_standing reserved: 1',
    'unknown available: 1',
  ]);
});

test('an empty list is 0 of each form factor that the system has, and of unknown where none is known', async () => {
  await tellTypes(store, 'emptied', 0, [{ vehicle_type_id: 's', form_factor: 'scooter_standing' }]);
  await vehicles(store, 'emptied', 10, [bike('1', { vehicle_type_id: 's' })]);
  await vehicles(store, 'emptied', 20, []);
  await vehicles(store, 'bare', 20, []);
  await readTypes();
  const zeros = (form_factor: string) =>
    ['available', 'disabled', 'reserved'].map((state) => `${form_factor} ${state}: 0`);
  expect(await fleet('emptied', { zeros: true })).toEqual(zeros('scooter_standing'));
  expect(await fleet('bare', { zeros: true })).toEqual(zeros('unknown'));
});

test('a system whose vehicles were never observed has no series', async () => {
  await store.record({
    system_id: 'mute',
    feed: 'free_bike_status',
    second: 10,
    outcome: 'failed',
    error: 'http_500',
  });
  await store.poll('stations only', 10, [{ station_id: '1', num_bikes_available: 1 }]);
  for (const system of ['mute', 'stations only']) {
    expect(await fleet(system, { zeros: true })).toEqual([]);
    expect(await secondOf('vehicles_observed', system)).toBeUndefined();
    expect(await secondOf('vehicles_changed', system)).toBeUndefined();
  }
});

test('of two names of the feed the one that was fetched last counts', async () => {
  await vehicles(store, 'renamed', 0, [bike('1'), bike('2', { east: 300 })]);
  await vehicles(store, 'renamed', 60, [bike('1')], 'vehicle_status');
  expect(await fleet('renamed')).toEqual(['unknown available: 1']);
});

test('"not modified" is an observation and no change, a failure is neither, and a restart changes none of it', async () => {
  await tellTypes(store, 'calm');
  await vehicles(store, 'calm', 10, [bike('1', { vehicle_type_id: 's' })]);
  expect(await secondOf('vehicles_changed', 'calm')).toBe(10);
  await vehicles(store, 'calm', 20, [bike('1', { vehicle_type_id: 's', east: 900 })]);
  await store.record({
    system_id: 'calm',
    feed: 'free_bike_status',
    second: 30,
    outcome: 'unchanged',
    http_status: 304,
  });
  await store.record({
    system_id: 'calm',
    feed: 'free_bike_status',
    second: 40,
    outcome: 'failed',
    error: 'timeout',
  });
  await readTypes();
  const told = async () => ({
    fleet: await fleet('calm', { zeros: true }),
    observed: await secondOf('vehicles_observed', 'calm'),
    changed: await secondOf('vehicles_changed', 'calm'),
  });
  const before = await told();
  expect(before).toMatchObject({ observed: 30, changed: 20 });
  expect(before.fleet).toContain('scooter_standing available: 1');
  store.restart();
  await store.record({
    system_id: 'calm',
    feed: 'free_bike_status',
    second: 50,
    outcome: 'failed',
    error: 'timeout',
  });
  expect(await told()).toEqual(before);
});
