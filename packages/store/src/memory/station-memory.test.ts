import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../../../test/history/random.ts';
import { type GivenStation, openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { KNOWN_STATIONS_MAX } from './station-memory.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const stations = (from: number, to: number, bikes = 1): GivenStation[] =>
  Array.from({ length: to - from }, (_, index) => ({
    station_id: String(from + index),
    num_bikes_available: bikes,
  }));
const lane = (system: string) => {
  const live = store.state.systems.get(system)?.feeds.get('station_status')?.live;
  if (!live) throw new Error(`${system} is not in memory`);
  return live;
};

test('stations long absent leave memory, a restart does not bring them back, and one that is listed again goes on', async () => {
  await store.poll('fresh', 0, stations(0, 20_000));
  await store.poll('fresh', 60, stations(20_000, 20_010, 2));
  expect(lane('fresh').stations.size).toBe(1_010);
  store.restart();
  await store.poll('fresh', 120, [
    ...stations(20_000, 20_010, 2),
    { station_id: '7', num_bikes_available: 1 },
  ]);
  expect(lane('fresh').stations.size).toBe(11);
  const rows = await store.ask(
    `select last_seen_at, from_at, to_at from velolog.station_absence join velolog.station using (station_key) where station_id = '7'`,
  );
  expect(rows).toEqual([{ last_seen_at: 0, from_at: 60, to_at: 120 }]);
  // The same values as before it was gone are no change.
  expect(
    await store.ask(
      `select count(*)::int as n from velolog.station_status join velolog.station using (station_key) where station_id = '7'`,
    ),
  ).toEqual([{ n: 1 }]);
});

const SEED = Number(process.env.SEED ?? Math.trunc(Math.random() * 2 ** 31));

test(`lists that come and go give the same rows whether or not memory keeps the absent (SEED=${SEED})`, async () => {
  const next = random(SEED);
  const tables = async (system: string) => [
    await store.ask(
      `select station_id, observed_at, num_bikes_available from velolog.station_status join velolog.station using (station_key)
       join velolog.system using (system_key) where system_id = $1 order by station_id, observed_at`,
      [system],
    ),
    await store.ask(
      `select station_id, last_seen_at, from_at, to_at from velolog.station_absence join velolog.station using (station_key)
       join velolog.system using (system_key) where system_id = $1 order by station_id, from_at`,
      [system],
    ),
  ];
  for (let poll = 0; poll < 12; poll++) {
    const from = Math.floor(next() * 4_000);
    const list = stations(from, from + 1 + Math.floor(next() * 2_000), Math.floor(next() * 2));
    await store.poll('kept', poll * 60, list);
    await store.poll('let-go', poll * 60, list);
    // All that is absent of one is read again from the tables.
    store.state.systems.delete('let-go');
  }
  expect(await tables('let-go')).toEqual(await tables('kept'));
});

test('a feed that keeps renaming its stations stops at a limit, and the stations left out are counted', async () => {
  await store.poll('endless', 0, stations(0, 10));
  // As after many such polls; the rows themselves would take a minute.
  lane('endless').let_go = KNOWN_STATIONS_MAX - 15;
  await store.poll('endless', 60, stations(5, 30));
  const rows = await store.ask(
    `select station_id::int as id from velolog.station join velolog.system using (system_key) where system_id = 'endless' order by 1`,
  );
  expect(rows.map(({ id }) => id)).toEqual([...Array(15).keys()]);
  expect(
    await store.ask(
      `select stations_skipped as n from velolog.feed join velolog.system using (system_key) where system_id = 'endless'`,
    ),
  ).toEqual([{ n: 15 }]);
});

test('imported history that keeps renaming its stations stops at the limit, too', async () => {
  await store.poll('endless past', 0, stations(0, 1));
  await store.poll('endless past', -7200, stations(0, 10), { imported: true });
  // As after many such polls.
  const past = store.state.systems.get('endless past')?.feeds.get('station_status')?.history[0]?.state;
  expect(past?.stations.size).toBe(10);
  Object.assign(past ?? {}, { let_go: KNOWN_STATIONS_MAX - 12 });
  await store.poll('endless past', -7140, stations(8, 30), { imported: true });
  expect(past?.stations.size).toBe(12);
});
