import { storeRecords } from '@velolog/store/intake/store-records';
import { startPosition } from '@velolog/store/tables/kafka-position';
import { noteLostPolls } from '@velolog/store/tables/lost-polls';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, vehicles } from './history/told-vehicles.ts';
import { at, type GivenPoll, openTestStore, type TestStore } from './workers/test-store.ts';
import { staysOf, vehiclesNow, vehicleTotals } from './workers/vehicle-answers.ts';

/** Where imported or old history of vehicles meets live polls, retention and a second worker, on the real tables. */

const DAY = 86_400;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = (system_id: string) => vehiclesNow(store, system_id);
const stays = (system_id: string) => staysOf(store, system_id);
const totals = (system_id: string) => vehicleTotals(store, system_id);

test('an archive that is imported beside live vehicles adds history and leaves now as it is; imported again it adds nothing', async () => {
  await vehicles(store, 'beside', 10 * DAY, [bike('1')]);
  await vehicles(store, 'beside', 10 * DAY + 60, [bike('1'), bike('2', { east: 300 })]);
  const now = async () => [await current('beside'), await totals('beside')];
  const before = await now();
  const archive = async () => {
    for (const second of [0, 60, 120])
      await store.record({
        system_id: 'beside',
        feed: 'free_bike_status',
        second,
        imported: true,
        body: { data: { bikes: [bike('1'), bike('old', { east: 900 })].slice(0, second > 60 ? 1 : 2) } },
      });
  };
  await archive();
  expect(await now()).toEqual(before);
  const all = [
    { from_at: 0, to_at: 120, begin_seen: false, end_seen: true },
    // Open when the archive ended.
    { from_at: 0, to_at: 120, begin_seen: false, end_seen: false },
    { from_at: 10 * DAY, to_at: null, begin_seen: false, end_seen: null },
    { from_at: 10 * DAY + 60, to_at: null, begin_seen: true, end_seen: null },
  ];
  const sorted = async () =>
    (await stays('beside'))
      .toSorted((a, b) => Number(b.end_seen) - Number(a.end_seen))
      .toSorted((a, b) => Number(a.from_at) - Number(b.from_at));
  expect(await sorted()).toEqual(all);
  await archive();
  store.restart();
  await vehicles(store, 'beside', 10 * DAY + 120, [bike('1'), bike('2', { east: 300 })]);
  expect(await sorted()).toEqual(all);
});

test('history under the other name of the vehicle feed adds only what the feed has not observed, also after a restart', async () => {
  const list = [bike('1'), bike('2', { east: 300 })];
  const tell = (feed: string, second: number, imported: boolean) => {
    const data = feed === 'vehicle_status' ? { vehicles: list } : { bikes: list };
    return store.record({ system_id: 'named', feed, second, imported, body: { ttl: 60, data } });
  };
  for (const second of [1000, 1060, 1120]) await tell('vehicle_status', second, false);
  for (const second of [400, 460]) await tell('vehicle_status', second, true);
  const countAt = async (second: number) =>
    (
      await store.ask('select vehicles from api.vehicle_count_between($1, $1, $2, 20)', [at(second), 'named'])
    ).map(({ vehicles }) => Number(vehicles));
  const dead = store.letters.length;
  for (const second of [1000, 1040, 1120, 400, 440, 460]) await tell('free_bike_status', second, true);
  store.restart();
  for (const second of [1060, 420]) await tell('free_bike_status', second, true);
  expect(store.letters.slice(dead).map(({ reason }) => reason)).toEqual(Array(8).fill('stale'));
  expect(await store.ask(`select feed from api.feed_coverage where system_id = 'named' group by 1`)).toEqual([
    { feed: 'vehicle_status' },
  ]);
  for (const second of [0, 60, 120]) await tell('free_bike_status', second, true);
  expect(store.letters).toHaveLength(dead + 8);
  for (const second of [60, 440, 1060]) expect(await countAt(second)).toEqual([2]);
  // A live list is never refused for history.
  await tell('free_bike_status', 1180, false);
  expect(store.letters).toHaveLength(dead + 8);
});

test('exact stays are deleted after their days, and open stays go on as the same stay, also after a restart', async () => {
  const { pool, months } = store.context;
  await vehicles(store, 'kept', 0, [bike('stands'), bike('went', { east: 300 })]);
  await vehicles(store, 'kept', 60, [bike('stands')]);
  for (let day = 1; day <= 40; day++)
    await vehicles(store, 'kept', day * DAY - 3600 * (day % 2), [bike('stands')]);
  const log = { info: () => {}, warn: () => {} };
  const opened = await stays('kept');
  expect(opened[0]).toMatchObject({ from_at: 0, to_at: 60 });
  await doChoresOnce({ pool, months, retentionDays: undefined, vehicleStayDays: 30, log }, at(40 * DAY));
  const left = await stays('kept');
  expect(left.every(({ to_at }) => to_at === null || Number(to_at) >= 10 * DAY)).toBe(true);
  expect(left).toEqual(opened.filter(({ to_at }) => to_at === null || Number(to_at) >= 10 * DAY));
  store.restart();
  await vehicles(store, 'kept', 40 * DAY + 60, [bike('stands')]);
  expect((await stays('kept')).at(-1)).toEqual(left.at(-1));
});

test('two workers, one for each topic, that meet a new system at the same moment make it once, with the facts from both', async () => {
  const ofVehicles = {
    ...store.state,
    topic: 'vehicle-polls',
    carries: 'vehicles' as const,
    systems: new Map(),
  };
  const others = { ...store.state, topic: 'other-polls', carries: 'others' as const, systems: new Map() };
  for (const state of [ofVehicles, others]) await startPosition(store.context.pool, state, 0n);
  const told = (state: typeof ofVehicles | typeof others, poll: GivenPoll) => {
    const message = store.message(poll);
    const tell = async () => {
      state.expected ??= 0n;
      await storeRecords(store.context, state, [message]);
    };
    // As a worker does: who came second forgets what it believed, and reads again.
    return tell().catch(tell);
  };
  const system_id = 'met-twice';
  await Promise.all([
    told(ofVehicles, {
      system_id,
      feed: 'free_bike_status',
      second: 0,
      body: { data: { bikes: [bike('1')] } },
    }),
    told(others, {
      system_id,
      second: 0,
      body: {
        data: {
          stations: [
            {
              station_id: 'a',
              num_bikes_available: 1,
              vehicle_types_available: [{ vehicle_type_id: 's', count: 1 }],
            },
          ],
        },
      },
    }),
  ]);
  expect(
    await store.ask(`select vehicles_available, bikes from api.system_current where system_id = $1`, [
      system_id,
    ]),
  ).toEqual([{ vehicles_available: 1, bikes: '1' }]);
  // Kafka removed a day of vehicles before they were read: what stands there then starts over, unseen, and stations know nothing of it.
  const read = ofVehicles.expected ?? 0n;
  const lost = { ...ofVehicles, partitions: 1, topic_id: null, leader_epoch: null };
  await noteLostPolls(store.context.pool, lost, read, read + 500n);
  ofVehicles.systems.clear();
  ofVehicles.expected = read + 500n;
  const after = store.message({
    system_id,
    feed: 'free_bike_status',
    second: 2 * DAY,
    body: { data: { bikes: [bike('1')] } },
  });
  await storeRecords(store.context, ofVehicles, [after], { next: read + 501n });
  expect(await stays(system_id)).toEqual([
    { from_at: 0, to_at: 2 * DAY, begin_seen: false, end_seen: false },
    { from_at: 2 * DAY, to_at: null, begin_seen: false, end_seen: null },
  ]);
  expect(
    await store.ask(`select feed, outcome from api.feed_coverage where system_id = $1 and outcome = 'lost'`, [
      system_id,
    ]),
  ).toEqual([{ feed: 'free_bike_status', outcome: 'lost' }]);
});
