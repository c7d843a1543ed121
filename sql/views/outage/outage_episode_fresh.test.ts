import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { random } from '../../../test/history/random.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

const COLUMNS = 'system_id, station_id, state, from_at, to_at, is_open, start_observed, end_observed';
const fresh = (store: TestStore) =>
  store.ask(
    `select ${COLUMNS} from api.outage_episode_fresh('-infinity') order by system_id, station_id, from_at`,
  );
const oneByOne = (store: TestStore) =>
  store.ask(`select ${COLUMNS} from api.known_spell where lane_to_at <> 'infinity' and state in ('empty', 'full', 'closed')
    order by system_id, station_id, from_at`);

test('a station whose state began before the last roll-up, one that changed since, and one that is away have what station_spell_in gives', async () => {
  await using store = await openTestStore();
  const polls = (from: number, to: number, bikes: (id: number, second: number) => number | null) =>
    store.pollEvery(300, 'a', [from, to], (second) =>
      [1, 2, 3, 4, 5].flatMap((id) => {
        const count = bikes(id, second);
        return count === null ? [] : [station(String(id), count, 5)];
      }),
    );
  // 1: empty all the time. 2: empty again and again. 3: left before the roll-up. 4: leaves after it. 5: leaves after it, and comes back.
  await polls(0, 3900, (id, second) => {
    if (id === 3 && second > 3000) return null;
    return id === 2 && second % 600 === 0 ? 3 : 0;
  });
  await rollUpAll(store.context.pool);
  await polls(4200, 6600, (id, second) => {
    if (id === 3 || (id === 4 && second > 5000) || (id === 5 && second > 5000 && second < 6000)) return null;
    return id === 2 && second % 600 === 0 ? 3 : 0;
  });
  const found = await fresh(store);
  expect(found).toEqual(await oneByOne(store));
  const of = (id: string) => found.filter((row) => row.station_id === id);
  expect(of('1')).toMatchObject([{ from_at: 300, to_at: 6600, is_open: true }]);
  expect(of('2').length).toBeGreaterThan(3);
  expect(of('3')).toEqual([]);
  expect(of('4')).toMatchObject([{ from_at: 300, to_at: 4800, is_open: false, end_observed: false }]);
  expect(of('5')).toMatchObject([
    { from_at: 300, to_at: 4800, is_open: false },
    { from_at: 6000, to_at: 6600, is_open: true, start_observed: false },
  ]);
});

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

test(`of any history it gives what station_spell_in gives system by system (SEED=${seed})`, async () => {
  await using store = await openTestStore();
  const next = random(seed);
  await store.ask('set jit = off');
  const bikes = new Map<string, number>();
  const away = new Set<string>();
  let second = Math.floor(next() * 3000);
  let compared = 0;
  for (let poll = 0; poll < 90; poll++) {
    // Mostly on; sometimes an hour without a poll.
    second += next() < 0.03 ? 4000 : 60 + Math.floor(next() * 200);
    for (const system of ['a', 'b']) {
      const stations = ['1', '2', '3', '4'].flatMap((id) => {
        const key = `${system}/${id}`;
        if (next() < 0.25) bikes.set(key, Math.floor(next() * 3) - (next() < 0.3 ? 0 : 1));
        if (next() < 0.06) away.has(key) ? away.delete(key) : away.add(key);
        const count = Math.max(0, bikes.get(key) ?? 2);
        return away.has(key) ? [] : [station(id, count, next() < 0.2 ? 0 : 2)];
      });
      if (stations.length > 0 && next() < 0.95) await store.poll(system, second, stations);
    }
    if (next() < 0.08) await rollUpAll(store.context.pool);
    if (next() < 0.1) {
      const found = await fresh(store);
      compared += found.length;
      expect(found, `at ${second} s after ${START.toString()}`).toEqual(await oneByOne(store));
    }
  }
  expect(compared).toBeGreaterThan(0);
});

test('a stretch of history that ended before the time asked for is left out', async () => {
  await using store = await openTestStore();
  for (const second of [0, 60, 120])
    await store.poll('archive', second, [station('1', 0, 5)], { imported: true });
  const ask = (second: number) =>
    store.ask('select from_at, to_at, is_open from api.outage_episode_fresh($1)', [
      new Date(START + second * 1000),
    ]);
  expect(await ask(120)).toEqual([{ from_at: 0, to_at: 120, is_open: false }]);
  expect(await ask(121)).toEqual([]);
});

test('it reads a few pages for each station, however few the planner believes have changed', async () => {
  await using store = await openTestStore();
  const systems = Array.from({ length: 30 }, (_, number) => `system-${number}`);
  const ids = Array.from({ length: 40 }, (_, number) => String(number));
  const polls = async (seconds: number[]) => {
    for (const second of seconds)
      for (const system of systems)
        await store.poll(
          system,
          second,
          ids.map((id) => station(id, (Number(id) + second / 120) % 2 < 1 ? 0 : 3, 5)),
        );
  };
  await polls([3300, 3420, 3540, 3660]);
  await rollUpAll(store.context.pool);
  await polls([3780, 3900, 4020]);
  await store.ask('analyze');
  const [row] = await store.ask(
    `explain (analyze, buffers, format json) select * from api.outage_episode_fresh('-infinity')`,
  );
  const plan = JSON.parse(JSON.stringify(Object.values(row ?? {})[0]))[0].Plan;
  expect(plan['Actual Rows']).toBeGreaterThan(1000);
  expect(plan['Shared Hit Blocks'] / (systems.length * ids.length)).toBeLessThan(20);
});
