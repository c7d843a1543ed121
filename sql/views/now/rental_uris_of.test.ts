import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store?.[Symbol.asyncDispose]());

const tell = (system_id: string, second: number, stations: object[]) =>
  store.record({ system_id, feed: 'station_information', second, body: { data: { stations } } });
const of = (system_id: string, station_id: string) =>
  store.ask(`select * from api.rental_uris_of($1, $2)`, [system_id, station_id]);

test('a station has the links of station_information, without any that a browser would run', async () => {
  const place = { lat: 59.9, lon: 10.7 };
  await tell('oslo', 0, [
    {
      station_id: 'a',
      ...place,
      rental_uris: {
        web: 'https://example.org/rent?station=a',
        android: 'https://app.example.org/a',
        ios: 'example-app://station/a',
      },
    },
    {
      station_id: 'bad',
      ...place,
      rental_uris: { web: 'javascript:alert(1)', android: 'JavaScript:alert(1)', ios: 'data:text/html,x' },
    },
    { station_id: 'none', ...place },
  ]);
  expect(await of('oslo', 'a')).toEqual([
    {
      web: 'https://example.org/rent?station=a',
      android: 'https://app.example.org/a',
      ios: 'example-app://station/a',
    },
  ]);
  expect(await of('oslo', 'bad')).toEqual([]);
  expect(await of('oslo', 'none')).toEqual([]);
});

test('links that change or go away are those of the newest list', async () => {
  const station = { station_id: 'moves', lat: 59.9, lon: 10.7 };
  await tell('bergen', 60, [{ ...station, rental_uris: { web: 'https://example.org/old' } }]);
  await tell('bergen', 120, [{ ...station, rental_uris: { web: 'https://example.org/new' } }]);
  expect(await of('bergen', 'moves')).toEqual([{ web: 'https://example.org/new', android: null, ios: null }]);
  await tell('bergen', 180, [station]);
  expect(await of('bergen', 'moves')).toEqual([]);
});
