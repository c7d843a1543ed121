import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, tellTypes, vehicles } from '../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const stays = (system_id: string, from = -1e6, to = 1e6) =>
  store.ask(
    `select * from api.vehicle_stay_between('epoch'::timestamptz + ($1 + 1781524800) * interval '1 s',
       'epoch'::timestamptz + ($2 + 1781524800) * interval '1 s', $3) order by from_at, lon`,
    [from, to, system_id],
  );

test('a stay begins and ends at polls, and says whether the time just before was observed', async () => {
  await tellTypes(store, 'seen');
  await vehicles(store, 'seen', 0, [bike('1', { vehicle_type_id: 'e' })]);
  await vehicles(store, 'seen', 60, [bike('2', { east: 300 })]);
  await vehicles(store, 'seen', 120, []);
  expect(await stays('seen')).toMatchObject([
    {
      form_factor: 'bicycle',
      propulsion_type: 'electric_assist',
      from_at: 0,
      to_at: 60,
      begin_seen: false,
      end_seen: true,
    },
    { form_factor: null, from_at: 60, to_at: 120, begin_seen: true, end_seen: true },
  ]);
  expect(await stays('seen', 61, 100)).toMatchObject([{ from_at: 60 }]);
});

test('a vehicle that left during failures or a hole has an unobserved end', async () => {
  await vehicles(store, 'failing', 0, [bike('1')]);
  await vehicles(store, 'failing', 60, [bike('1')]);
  await store.record({
    system_id: 'failing',
    feed: 'free_bike_status',
    second: 120,
    outcome: 'failed',
    error: 'timeout',
  });
  await vehicles(store, 'failing', 180, [bike('2', { east: 300 })]);
  expect(await stays('failing')).toMatchObject([
    { from_at: 0, to_at: 180, end_seen: false },
    { from_at: 180, to_at: null, begin_seen: false, end_seen: null },
  ]);
});

test('after a day without an observation ids mean nothing: all stays start over, with an unobserved begin', async () => {
  const day = 86_400;
  await vehicles(store, 'away', 0, [bike('1')]);
  await vehicles(store, 'away', day + 61, [bike('1')]);
  expect(await stays('away')).toMatchObject([
    { from_at: 0, to_at: day + 61, end_seen: false },
    { from_at: day + 61, to_at: null, begin_seen: false },
  ]);
});

test('a stay that was open when imported history ended ends there, unseen', async () => {
  await vehicles(store, 'past', 0, [bike('1')]);
  for (const second of [-7200, -7140])
    await store.record({
      system_id: 'past',
      feed: 'free_bike_status',
      second,
      imported: true,
      body: { data: { bikes: [bike('old', { east: 900 })] } },
    });
  expect(await stays('past')).toMatchObject([
    { from_at: -7200, to_at: -7140, end_seen: false },
    { from_at: 0, to_at: null },
  ]);
});

test('vehicles of an archive were there until its last observation, and in no window after it', async () => {
  for (const second of [0, 60])
    await store.record({
      system_id: 'archive',
      feed: 'free_bike_status',
      second,
      imported: true,
      body: { data: { bikes: [bike('1')] } },
    });
  expect(await stays('archive', 30, 1e6)).toMatchObject([{ from_at: 0, to_at: 60, end_seen: false }]);
  // The last moment, of which a replay and GBFS of the past ask.
  expect(await stays('archive', 60, 61)).toMatchObject([{ from_at: 0 }]);
  expect(await stays('archive', 61, 1e6)).toEqual([]);
  // Polled again: what the polls list is there until they say something else.
  await vehicles(store, 'archive', 120, [bike('1')]);
  expect(await stays('archive', 121, 1e6)).toMatchObject([{ from_at: 0, to_at: null }]);
});

test('vehicles of earlier history were there at its last observation, too', async () => {
  expect(await stays('past', -7140, -7139)).toMatchObject([{ from_at: -7200, to_at: -7140 }]);
  expect(await stays('past', -7139, -7138)).toEqual([]);
});

test('where the list changes its name back and forth, a vehicle that stays has one stay at any time, and none was seen to come or go', async () => {
  const turns = [
    ['free_bike_status', 0],
    ['vehicle_status', 600],
    ['free_bike_status', 1200],
    ['vehicle_status', 1800],
  ] as const;
  for (const [feed, from] of turns)
    for (const second of [from, from + 60, from + 120])
      await vehicles(store, 'twice-named', second, [bike('1'), bike('2', { east: 300 })], feed);
  const ofOne = [
    { from_at: 0, to_at: 600, begin_seen: false, end_seen: false },
    { from_at: 600, to_at: 1200, begin_seen: false, end_seen: false },
    { from_at: 1200, to_at: 1320, begin_seen: false, end_seen: false },
    { from_at: 1800, to_at: null, begin_seen: false, end_seen: null },
  ];
  expect(await stays('twice-named')).toMatchObject(ofOne.flatMap((stay) => [stay, stay]));
  expect(await stays('twice-named', 610, 620)).toMatchObject([{ from_at: 600 }, { from_at: 600 }]);
  const counts = await store.ask(
    `select at, vehicles::int from api.vehicle_count_between('2026-06-15 12:00Z', '2026-06-15 12:32Z', 'twice-named', 60)
     where vehicles is not null order by at`,
  );
  const polled = turns.flatMap(([, from]) => [from, from + 60, from + 120]);
  expect(counts).toEqual(polled.map((at) => ({ at, vehicles: 2 })));
});
