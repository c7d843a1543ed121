import { expect, test } from 'vitest';
import { bike } from '../../../../test/history/told-vehicles.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { doChoresOnce } from './chores.ts';

const HOUR = 3600;
const YEAR_AGO = -365 * 24 * HOUR;

/** Two vehicles that stand, one that leaves at half past three, and those that are there at a time. */
async function importHours(
  store: TestStore,
  from: number,
  to: number,
  others: (hour: number) => object[] = () => [],
): Promise<void> {
  const messages = [];
  for (let second = from * HOUR; second < to * HOUR; second += 300) {
    const bikes = [
      bike('1'),
      bike('2', { east: 300 }),
      ...(second < 3.5 * HOUR ? [bike('3', { east: 900 })] : []),
      ...others(second / HOUR),
    ];
    messages.push(
      store.message({
        system_id: 'city',
        feed: 'free_bike_status',
        second: YEAR_AGO + second,
        imported: true,
        body: { data: { bikes } },
      }),
    );
  }
  await store.store(messages);
}

/** Days after the newest record the worker does its chores. */
async function wait(store: TestStore, days = 1.1): Promise<void> {
  await store.ask(`update velolog.observed_range set stored_at = now() - ${days} * interval '1 day'`);
  const { pool, months } = store.context;
  const log = { info: () => {}, warn: () => {} };
  await doChoresOnce({ pool, months, retentionDays: undefined, vehicleStayDays: 30, log }, new Date());
}

const cells = (store: TestStore) =>
  store.ask(
    'select hour_at, geohash, vehicles_mean, appeared, vanished, observed_share from api.vehicle_cell_hour order by 1, 2',
  );

test.each([
  { which: 'as the newest of its system', live: false, restart: false },
  { which: 'as the newest of its system, after a restart', live: false, restart: true },
  { which: 'before live polls', live: true, restart: false },
  { which: 'before live polls, after a restart', live: true, restart: true },
])(
  'history that is imported in parts, days apart, has the hours of one that comes at once: $which',
  async ({ live, restart }) => {
    await using whole = await openTestStore();
    await using parts = await openTestStore();
    for (const store of [whole, parts])
      if (live)
        await store.record({
          system_id: 'city',
          feed: 'free_bike_status',
          second: 0,
          body: { data: { bikes: [] } },
        });
    await importHours(whole, 0, 5);
    await wait(whole);
    await importHours(parts, 0, 2);
    await wait(parts);
    if (restart) parts.restart();
    await importHours(parts, 2, 5);
    await wait(parts);
    const expected = await cells(whole);
    expect(expected.length).toBeGreaterThan(10);
    expect(await cells(parts)).toEqual(expected);
  },
);

test.each([1.1, 31])(
  'after %d days it goes on with what stands there and what comes back, with the memory of the store as after a restart',
  async (days) => {
    const answers = [];
    for (const restart of [false, true]) {
      await using store = await openTestStore();
      const backAtTwo = (hour: number) => (hour < 1.9 || hour >= 2 ? [bike('4', { east: 1500 })] : []);
      await importHours(store, 0, 2, backAtTwo);
      await wait(store, days);
      if (restart) store.restart();
      await importHours(store, 2, 5, backAtTwo);
      await wait(store);
      const stays = await store.ask(
        'select lon_e5, from_at, to_at from velolog.vehicle_stay where to_at is null order by 1, 2',
      );
      answers.push({ cells: await cells(store), stays });
      const last = answers[0]?.cells.filter(({ hour_at }) => hour_at === YEAR_AGO + 4 * HOUR);
      expect(last?.map(({ vehicles_mean }) => vehicles_mean)).toEqual([1, 1, 1]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.stays).toHaveLength(3);
  },
);

test('once nothing was stored for as long as exact stays are kept, none is left', async () => {
  await using store = await openTestStore();
  await importHours(store, 0, 2);
  await wait(store, 29);
  expect(await store.ask('select from velolog.vehicle_stay')).toHaveLength(3);
  await wait(store, 31);
  expect(await store.ask('select from velolog.vehicle_stay')).toEqual([]);
});
