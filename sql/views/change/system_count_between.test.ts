import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../../test/history/random.ts';
import { type GivenStation, openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const seen: { second: number; stations: GivenStation[] }[] = [];
const POLLS = 80;

beforeAll(async () => {
  console.log(`system_count_between: SEED=${seed}`);
  store = await openTestStore();
  const next = random(seed);
  const messages = [];
  for (let poll = 0; poll < POLLS; poll++) {
    const second = poll * 30 + (poll > POLLS / 2 ? 4000 : 0);
    if (next() < 0.1) {
      messages.push(store.message({ system_id: 'a', second, outcome: 'failed', error: 'timeout' }));
      continue;
    }
    const stations = Array.from({ length: 9 }, (_, index) => ({
      station_id: `${index}`,
      is_installed: next() < 0.9,
      is_renting: true,
      is_returning: true,
      ...(next() < 0.9 && { num_bikes_available: Math.floor(next() * 3) }),
      ...(next() < 0.8 && { num_docks_available: Math.floor(next() * 3) }),
    })).filter(() => next() < 0.85);
    if (stations.length > 0) seen.push({ second, stations });
    messages.push(store.message({ system_id: 'a', second, body: { data: { stations } } }));
  }
  await store.store(messages);
  await store.poll('b', 10, [{ station_id: '1', num_bikes_available: 4, num_docks_available: 6 }]);
});
afterAll(() => store[Symbol.asyncDispose]());

const count = (from: number, to: number, system: string | null, step: number) =>
  store.ask(
    `select system_id, at, num_bikes_available::int as bikes, num_docks_available::int as docks, stations::int,
       stations_empty::int as empty, stations_full::int as full, stations_closed::int as closed,
       stations_unknown::int as unknown
     from api.system_count_between($1::timestamptz, $2::timestamptz, $3, $4) order by system_id, at`,
    [new Date(START + from * 1000), new Date(START + to * 1000), system, step],
  );

/** The obvious way: what the last poll that saw stations listed. */
function countAt(at: number) {
  const stations = seen.findLast(({ second }) => second <= at)?.stations ?? [];
  const sum = (name: string) => stations.reduce((all, station) => all + Number(station[name] ?? 0), 0);
  const closed = stations.filter(({ is_installed }) => is_installed === false);
  const open = stations.filter(({ is_installed }) => is_installed !== false);
  const empty = open.filter(({ num_bikes_available }) => num_bikes_available === 0);
  const full = open.filter((station) => !empty.includes(station) && station.num_docks_available === 0);
  return {
    bikes: sum('num_bikes_available'),
    docks: sum('num_docks_available'),
    stations: stations.length,
    empty: empty.length,
    full: full.length,
    closed: closed.length,
    unknown: open.filter(
      (station) => station.num_bikes_available === undefined && station.num_docks_available === undefined,
    ).length,
  };
}

describe('system_count_between', () => {
  test.each([
    [-120, 7000, 60],
    [0, 600, 30],
    [330, 1500, 10],
    [2000, 8000, 300],
  ])(
    'from %i s to %i s by %i s it counts what the last poll listed, and nothing where nobody looked',
    async (from, to, step) => {
      const spans = await store.ask(
        `select from_at, to_at from api.feed_coverage where system_id = 'a' and feed = 'station_status' and outcome = 'observed'`,
      );
      const expected = [];
      for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
        const observed = spans.some(
          ({ from_at, to_at }) =>
            Number(from_at) <= at && Number(to_at) > at - step && Number(to_at) >= from - step,
        );
        const nothing = {
          bikes: null,
          docks: null,
          stations: null,
          empty: null,
          full: null,
          closed: null,
          unknown: null,
        };
        expected.push({ system_id: 'a', at, ...(observed ? countAt(at) : nothing) });
      }
      expect(await count(from, to, 'a', step)).toEqual(expected);
      expect(expected.filter(({ bikes }) => bikes !== null).length).toBeGreaterThan(3);
    },
  );

  test('without a system it counts each apart', async () => {
    const rows = await count(0, 60, null, 60);
    expect(rows.map(({ system_id, at }) => [system_id, at])).toEqual([
      ['a', 0],
      ['a', 60],
      ['b', 0],
      ['b', 60],
    ]);
    expect(rows.at(-1)).toMatchObject({ bikes: 4, docks: 6, stations: 1 });
  });

  test('a step that would give more than 2,000 times is made longer', async () => {
    expect((await count(0, 1_000_000, 'a', 1)).length).toBeLessThanOrEqual(2001);
  });

  test('a system that is not known gives no rows and no error', async () => {
    expect(await count(0, 600, 'nowhere', 60)).toEqual([]);
  });

  test('a sum of which no station knows its part is null, and stations of the state unknown are counted', async () => {
    await store.poll('none', 0, [{ station_id: '1' }, { station_id: '2', num_docks_available: 3 }]);
    await store.poll('none', 60, [{ station_id: '1', num_bikes_available: 2 }, { station_id: '2' }]);
    expect(await count(0, 60, 'none', 60)).toEqual([
      expect.objectContaining({ bikes: null, docks: 3, stations: 2, unknown: 1, empty: 0 }),
      expect.objectContaining({ bikes: 2, docks: null, stations: 2, unknown: 1, empty: 0 }),
    ]);
  });
});
