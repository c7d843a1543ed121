import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClient } from '../../../../test/servers/with-client.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';

/**
 * Three systems of a whole country with a station in the same street, and a small one in that street and a town beside the country. How large the
 * three are is told in what the store keeps: nothing here reads their other stations.
 */
let store: TestStore;
let live: TestLive;
const STREET = 'bbox=2.34,48.84,2.36,48.86';
const COUNTRY = 'bbox=-4,43,8,51';
const LARGE = ['large_a', 'large_b', 'large_c'];

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  for (const system_id of LARGE) await tell(system_id, [48.85, 2.35], [44, 7]);
  await tell('small', [48.851, 2.351], [52, 13]);
  await withClient(store.url, async (client) => {
    const isLarge = `feed_key in (select feed_key from velolog.feed join velolog.system using (system_key) where system_id like 'large%')`;
    await client.query(`update velolog.station_summary set stations = 14221 where ${isLarge}`);
    for (const table of ['vehicle_summary', 'vehicle_type_summary'])
      await client.query(`update velolog.${table} set available = 14221 where ${isLarge}`);
  });
});
afterAll(async () => {
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

async function tell(system_id: string, ...places: [lat: number, lon: number][]): Promise<void> {
  const second = Math.floor((Date.now() - START) / 1000) - 10;
  const stations = places.map(([lat, lon], index) => ({ station_id: `${index}`, name: 'S', lat, lon }));
  const status = stations.map(({ station_id }) => ({
    station_id,
    num_bikes_available: 2,
    num_docks_available: 3,
  }));
  const bikes = places.map(([lat, lon], index) => ({
    ...{ bike_id: `${system_id}-${index}`, lat, lon, is_reserved: false, is_disabled: false },
  }));
  const told = { system_id, second };
  await store.record({ ...told, feed: 'station_information', body: { data: { stations } } });
  await store.record({ ...told, feed: 'station_status', body: { ttl: 60, data: { stations: status } } });
  await store.record({ ...told, feed: 'free_bike_status', body: { ttl: 60, data: { bikes } } });
}

type Found = { matched: number; clusters_of: string | null; clusters: object[] } & Record<string, unknown>;
const found = async (path: string) => (await live.json(path)) as Found;

test.each(['stations', 'vehicles'])(
  'a street has its %s, however many more its systems have elsewhere',
  async (what) => {
    const { matched, clusters_of, ...rest } = await found(`/${what}?${STREET}`);
    expect({ matched, clusters_of }).toEqual({ matched: 4, clusters_of: null });
    const ids = (rest[what] as { system_id: string }[]).map(({ system_id }) => system_id);
    expect(ids.sort()).toEqual([...LARGE, 'small']);
  },
);

test('beyond the limit it has squares of what lies in it', async () => {
  const { matched, clusters_of } = await found(`/stations?${STREET}&limit=1`);
  expect({ matched, clusters_of }).toEqual({ matched: 4, clusters_of: 'cells' });
});

test.each(['stations', 'vehicles'])(
  'a box with very many %s has each system that lies in it, and the part of a system that it cuts',
  async (what) => {
    const { matched, clusters_of, clusters } = await found(`/${what}?${COUNTRY}`);
    expect({ matched, clusters_of }).toEqual({ matched: 3 * 14221 + 1, clusters_of: 'systems' });
    expect(clusters).toHaveLength(4);
    expect(clusters.at(-1)).toMatchObject({ systems: 1, [what]: 1, lat: 48.851, lon: 2.351, unknown: 0 });
  },
);
