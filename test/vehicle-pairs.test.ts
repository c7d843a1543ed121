import { storeRecords } from '@velolog/store/intake/store-records';
import { startPosition } from '@velolog/store/tables/kafka-position';
import { noteLostPolls } from '@velolog/store/tables/lost-polls';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTableRows } from './history/table-rows.ts';
import { bike, tellTypes, vehicles } from './history/told-vehicles.ts';
import { at, type GivenPoll, openTestStore, type TestStore } from './workers/test-store.ts';

/** Where two rules of vehicles meet, on the real tables. */

const DAY = 86_400;

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const current = (system_id: string) =>
  store.ask(
    `select vehicle_type_id, form_factor, station_id, lat, state, since, since_seen from api.vehicle_current
     where system_id = $1 order by since, lon`,
    [system_id],
  );
const stays = (system_id: string) =>
  store.ask(
    `select from_at, to_at, begin_seen, end_seen from api.vehicle_stay_between('epoch', 'infinity', $1) order by 1, 2`,
    [system_id],
  );
const totals = (system_id: string) =>
  store.ask(
    `select form_factor, vehicles, available, docked_vehicles from api.vehicle_total where system_id = $1 order by 1`,
    [system_id],
  );

test('304s, failures, an empty list and pauses give the same rows when the worker restarts before each of them', async () => {
  const list = (...bikes: object[]) => ({ body: { data: { bikes } } });
  const unchanged = { outcome: 'unchanged' } as const;
  const failed = { outcome: 'failed', error: 'http_503' } as const;
  const polls: [second: number, more: Partial<GivenPoll>][] = [
    [0, list(bike('1'), bike('2', { east: 300 }))],
    [60, unchanged],
    [120, list(bike('1'))],
    [180, unchanged],
    [240, failed],
    [300, unchanged],
    // Gone for less than 15 minutes, and back.
    [360, list(bike('1'), bike('2', { east: 310 }))],
    [420, list()],
    [480, unchanged],
    // The 304s of an empty list are observations; ids of what left are forgotten at them.
    [1500, unchanged],
    [1560, list(bike('1'))],
    [1560 + 2 * DAY, unchanged],
    [1620 + 2 * DAY, list(bike('1'), bike('3', { east: 600 }))],
  ];
  for (const system_id of ['steady', 'restarted']) {
    for (const [second, more] of polls) {
      if (system_id === 'restarted') store.restart();
      await store.record({ system_id, feed: 'free_bike_status', second, ...more });
    }
  }
  const rows = await readTableRows(store.url);
  const of = (system_id: string) =>
    Object.fromEntries(
      Object.entries(rows).map(([table, lines]) => [
        table,
        lines
          .filter((line) => line.includes(system_id))
          .map((line) => line.replaceAll(system_id, 'city'))
          .sort(),
      ]),
    );
  expect(of('restarted')).toEqual(of('steady'));
  expect(await stays('steady')).toEqual([
    { from_at: 0, to_at: 420, begin_seen: false, end_seen: true },
    { from_at: 0, to_at: 420, begin_seen: false, end_seen: true },
    { from_at: 1560, to_at: 1620 + 2 * DAY, begin_seen: true, end_seen: false },
    { from_at: 1620 + 2 * DAY, to_at: null, begin_seen: false, end_seen: null },
    { from_at: 1620 + 2 * DAY, to_at: null, begin_seen: false, end_seen: null },
  ]);
});

test('a list of which no vehicle can be read is no observation, nor is a 304 of it: its vehicles did not leave', async () => {
  const unreadable = [bike('1'), bike('2')].map(({ lat, lon, ...more }) => ({
    ...more,
    latitude: lat,
    longitude: lon,
  }));
  const poll = (second: number, more: Partial<GivenPoll>) =>
    store.record({ system_id: 'misnamed', feed: 'free_bike_status', second, ...more });
  await poll(0, { body: { data: { bikes: [bike('1'), bike('2', { east: 300 })] } } });
  await poll(60, { body: { data: { bikes: unreadable } } });
  await poll(120, { outcome: 'unchanged' });
  expect((await stays('misnamed')).map(({ to_at }) => to_at)).toEqual([null, null]);
  const coverage = await store.ask(
    `select from_at, to_at, polls, outcome from api.feed_coverage where system_id = 'misnamed' order by from_at`,
  );
  expect(coverage.map(({ polls, outcome }) => [polls, outcome])).toEqual([
    [1, 'observed'],
    [2, 'empty'],
  ]);
  await poll(180, { body: { data: { bikes: [] } } });
  expect((await stays('misnamed')).map(({ to_at, end_seen }) => [to_at, end_seen])).toEqual([
    [180, false],
    [180, false],
  ]);
});

test('a feed that fails for more than a day leaves no id, neither in the table nor to the list that comes then', async () => {
  const ids = () =>
    store.ask(
      `select vehicle_id from velolog.vehicle_listed join velolog.feed using (feed_key) join velolog.system using (system_key)
       where system_id = 'fails'`,
    );
  const fail = (second: number) =>
    store.record({
      system_id: 'fails',
      feed: 'free_bike_status',
      second,
      outcome: 'failed',
      error: 'http_503',
    });
  await vehicles(store, 'fails', 0, [bike('1'), bike('2', { east: 300 })]);
  await fail(60);
  await fail(DAY);
  expect(await ids()).toHaveLength(2);
  for (const second of [DAY + 1, DAY + 60]) {
    await fail(second);
    expect(await ids()).toEqual([]);
    // They stand where they stood when somebody looked last, and are that old.
    expect(await current('fails')).toMatchObject([{ since: 0 }, { since: 0 }]);
    store.restart();
  }
  await vehicles(store, 'fails', DAY + 120, [bike('1')]);
  expect(await ids()).toHaveLength(1);
  expect(await stays('fails')).toEqual([
    { from_at: 0, to_at: DAY + 120, begin_seen: false, end_seen: false },
    { from_at: 0, to_at: DAY + 120, begin_seen: false, end_seen: false },
    { from_at: DAY + 120, to_at: null, begin_seen: false, end_seen: null },
  ]);
});

test('vehicles that are there before their types have none, and have them at once when these come, wherever they are counted', async () => {
  await vehicles(store, 'typeless', 0, [bike('1', { vehicle_type_id: 's' })]);
  expect(await current('typeless')).toMatchObject([{ vehicle_type_id: 's', form_factor: null }]);
  expect(await totals('typeless')).toMatchObject([{ form_factor: null, vehicles: 1 }]);
  await tellTypes(store, 'typeless', 30);
  await store.record({ system_id: 'typeless', feed: 'free_bike_status', second: 60, outcome: 'unchanged' });
  expect(await current('typeless')).toMatchObject([{ form_factor: 'scooter_standing', since: 0 }]);
  expect(await totals('typeless')).toMatchObject([{ form_factor: 'scooter_standing', vehicles: 1 }]);
  expect(await stays('typeless')).toHaveLength(1);
});

test('one at a station that no feed knows is counted at a station and nowhere else, also when the station comes later', async () => {
  const docked = bike('1', { station_id: 'nowhere', lat: undefined, lon: undefined });
  const counted = { vehicles_available: 2, vehicles_at_station: 1, bikes: null };
  const system = () =>
    store.ask(
      `select vehicles_available, vehicles_at_station, bikes from api.system_current where system_id = 'docked'`,
    );
  await vehicles(store, 'docked', 0, [docked, bike('2')]);
  expect(await current('docked')).toMatchObject([
    { station_id: null, lat: 59.9 },
    { station_id: 'nowhere', lat: null },
  ]);
  expect(await totals('docked')).toMatchObject([{ vehicles: 1, docked_vehicles: 1 }]);
  expect(await system()).toEqual([counted]);
  await store.poll('docked', 30, [{ station_id: 'nowhere', num_bikes_available: 1 }]);
  await vehicles(store, 'docked', 60, [docked, bike('2')]);
  expect(await system()).toEqual([{ ...counted, bikes: '1' }]);
  expect(await totals('docked')).toMatchObject([{ vehicles: 1, docked_vehicles: 1 }]);
  expect(await stays('docked')).toHaveLength(2);
});

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
