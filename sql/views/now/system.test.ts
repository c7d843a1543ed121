import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const one = { station_id: '1', num_bikes_available: 1 };
const two = { station_id: '2', num_bikes_available: 1 };

test('a system is listed from its first record on, and has its system_information once that has come', async () => {
  await store.poll('named', 0, [one]);
  expect(await store.ask(`select * from api.system where system_id = 'named'`)).toMatchObject([
    { name: null, stations: 1 },
  ]);
  await store.record({
    system_id: 'named',
    second: 1,
    feed: 'system_information',
    body: {
      data: {
        system_id: 'x',
        name: 'City Bike',
        operator: 'Operator',
        timezone: 'Europe/Oslo',
        url: 'https://example.org/',
        license_url: 'https://example.org/licence',
        language: 'nb',
      },
    },
  });
  expect(await store.ask(`select * from api.system where system_id = 'named'`)).toMatchObject([
    {
      name: 'City Bike',
      operator: 'Operator',
      timezone: 'Europe/Oslo',
      url: 'https://example.org/',
      license_url: 'https://example.org/licence',
      first_observed_at: 0,
      last_observed_at: 0,
    },
  ]);
});

test('stations counts those of the newest list, and observation does not count failed polls', async () => {
  await store.poll('counted', 0, [one, two]);
  await store.poll('counted', 30, [one]);
  await store.record({ system_id: 'counted', second: 60, outcome: 'failed', error: 'timeout' });
  expect(await store.ask(`select * from api.system where system_id = 'counted'`)).toMatchObject([
    { stations: 1, first_observed_at: 0, last_observed_at: 30 },
  ]);
});

test('a system that never answered has no observation', async () => {
  await store.record({ system_id: 'silent', second: 0, outcome: 'failed', error: 'dns' });
  expect(await store.ask(`select * from api.system where system_id = 'silent'`)).toMatchObject([
    { stations: 0, first_observed_at: null, last_observed_at: null },
  ]);
});
