import { afterEach, beforeEach, expect, test } from 'vitest';
import { bike, vehicles } from '../../../../test/history/told-vehicles.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { dropStaysBefore, rollUpVehicles } from './vehicle-hours.ts';

const HOUR = 3600;

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(() => store[Symbol.asyncDispose]());

const LIST = { feed: 'free_bike_status', system_id: 'city' };

/** For an hour, a vehicle stands at its place. */
async function standForAnHour(fromHour = 0): Promise<void> {
  for (let minute = 0; minute <= 60; minute++)
    await vehicles(store, 'city', fromHour * HOUR + minute * 60, [bike('1')]);
}

/** Polls without a list that counts: none, none that can be read, and none that is newer than the last. */
const SILENCE = {
  failing: { outcome: 'failed', http_status: 503, error: 'http_503' },
  undecodable: { body: '<html>' },
  unconfirmed: { outcome: 'unchanged', http_status: 304, body_id: 'another' },
} as const;

const stays = () => store.ask('select from_at, to_at, end_seen from velolog.vehicle_stay order by from_at');
const cells = () =>
  store.ask('select hour_at, vehicles_mean, observed_share from api.vehicle_cell_hour order by hour_at');
const after = (hours: number) => new Date(START + hours * HOUR * 1000);

test.each(Object.entries(SILENCE))(
  'of a feed that is polled and only %s, the exact stays go and the hours stay complete, once nobody has seen it for so long',
  async (_, silence) => {
    await standForAnHour();
    for (let hour = 2; hour <= 24; hour++) await store.record({ ...LIST, second: hour * HOUR, ...silence });
    await rollUpVehicles(store.context.pool);
    expect(await dropStaysBefore(store.context.pool, after(30))).toBe(0);
    expect(await cells()).toMatchObject([{ observed_share: 0.75 }]);
    for (let hour = 25; hour <= 28; hour++) await store.record({ ...LIST, second: hour * HOUR, ...silence });
    await rollUpVehicles(store.context.pool);
    const whole = [{ hour_at: 0, vehicles_mean: 1, observed_share: 1 }];
    expect(await cells()).toEqual(whole);
    expect(await dropStaysBefore(store.context.pool, after(1))).toBe(0);
    expect(await dropStaysBefore(store.context.pool, after(1.1))).toBe(1);
    expect([await stays(), await cells()]).toEqual([[], whole]);
  },
);

test.each(['with its memory', 'after a restart'])(
  'a list that comes again after the stays were deleted starts over, in a store %s',
  async (which) => {
    await standForAnHour();
    for (let hour = 2; hour <= 28; hour++)
      await store.record({ ...LIST, second: hour * HOUR, ...SILENCE.failing });
    await rollUpVehicles(store.context.pool);
    await dropStaysBefore(store.context.pool, after(2));
    if (which === 'after a restart') store.restart();
    await standForAnHour(30);
    expect(await stays()).toEqual([{ from_at: 30 * HOUR, to_at: null, end_seen: null }]);
    expect(await store.ask('select since, since_seen from api.vehicle_current')).toEqual([
      { since: 30 * HOUR, since_seen: false },
    ]);
    await rollUpVehicles(store.context.pool);
    expect(await cells()).toMatchObject([
      { hour_at: 0, vehicles_mean: 1, observed_share: 1 },
      { hour_at: 30 * HOUR, vehicles_mean: 1, observed_share: 0.75 },
    ]);
  },
);

test('a list that comes again before that ends the stays, and no hour counts twice', async () => {
  await standForAnHour();
  for (let hour = 2; hour <= 28; hour++)
    await store.record({ ...LIST, second: hour * HOUR, ...SILENCE.failing });
  await rollUpVehicles(store.context.pool);
  await standForAnHour(30);
  await rollUpVehicles(store.context.pool);
  expect(await stays()).toEqual([
    { from_at: 0, to_at: 30 * HOUR, end_seen: false },
    { from_at: 30 * HOUR, to_at: null, end_seen: null },
  ]);
  expect(await cells()).toMatchObject([
    { hour_at: 0, vehicles_mean: 1, observed_share: 1 },
    { hour_at: 30 * HOUR, vehicles_mean: 1, observed_share: 0.75 },
  ]);
});

test('without exact stays the last count stays, with its age, as the counts of a silent station list do', async () => {
  await standForAnHour();
  for (let hour = 2; hour <= 28; hour++)
    await store.record({ ...LIST, second: hour * HOUR, ...SILENCE.failing });
  const told = async () => ({
    vehicles: (await store.ask('select from api.vehicle_current')).length,
    system: await store.ask(
      'select vehicles_available, age_seconds > 0 as has_age, vehicles_are_archive from api.system_current',
    ),
    total: await store.ask('select vehicles, observed_at, is_archive from api.vehicle_total'),
  });
  const before = await told();
  expect(before).toEqual({
    vehicles: 1,
    system: [{ vehicles_available: 1, has_age: expect.any(Boolean), vehicles_are_archive: false }],
    total: [{ vehicles: 1, observed_at: HOUR, is_archive: false }],
  });
  await rollUpVehicles(store.context.pool);
  await dropStaysBefore(store.context.pool, after(2));
  expect(await told()).toEqual({ ...before, vehicles: 0 });
});
