import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRandomStore, RANDOM_STATIONS } from '../../../test/history/random-store.ts';
import type { TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
beforeAll(async () => {
  console.log(`station_counts_between: SEED=${seed}`);
  store = await openRandomStore(seed, 60);
});
afterAll(() => store[Symbol.asyncDispose]());

const window = `'2026-06-15T12:00:00Z'::timestamptz + $1 * interval '1 s', '2026-06-15T12:00:00Z'::timestamptz + $2 * interval '1 s'`;
type Point = { at: number; counts: string };

/** What station_report_between says of one station, reduced to where its counts or its state become others. */
async function fromSteps(station: string, from: number, to: number): Promise<Point[]> {
  const rows = await store.ask(`select * from api.station_report_between(${window}, 'a', $3)`, [
    from,
    to,
    station,
  ]);
  const points: Point[] = [];
  for (const row of rows) {
    const counts = `${row.num_bikes_available}/${row.num_docks_available} ${row.state}`;
    if (points.at(-1)?.counts !== counts)
      points.push({ at: Math.max(from, row.observed_at as number), counts });
  }
  return points;
}

async function counts(from: number, to: number, stepSeconds: number): Promise<Map<string, Point[]>> {
  const rows = await store.ask(`select * from api.station_counts_between(${window}, 'a', $3)`, [
    from,
    to,
    stepSeconds,
  ]);
  const byStation = Map.groupBy(rows, (row) => row.station_id as string);
  return new Map(
    [...byStation].map(([station, points]) => [
      station,
      points.map((row) => ({
        at: row.observed_at as number,
        counts: `${row.num_bikes_available}/${row.num_docks_available} ${row.state}`,
      })),
    ]),
  );
}

test.each([
  [-100, 100_000],
  [0, 600],
  [307, 908],
  [1700, 7000],
  [3000, 3500],
])('from %i s to %i s it tells of every station what its steps tell', async (from, to) => {
  const told = await counts(from, to, 0);
  let points = 0;
  for (let index = 0; index < RANDOM_STATIONS; index++) {
    expect(told.get(`${index}`) ?? [], `station ${index}`).toEqual(await fromSteps(`${index}`, from, to));
    points += told.get(`${index}`)?.length ?? 0;
  }
  expect(points).toBeGreaterThan(RANDOM_STATIONS - 3);
});

test('in steps of time it ends each step as the full account does', async () => {
  const [full, thinned] = [await counts(0, 1800, 0), await counts(0, 1800, 300)];
  const holding = (points: Point[] | undefined, at: number) =>
    points?.findLast((point) => point.at <= at)?.counts;
  for (const station of full.keys()) {
    for (let second = 299; second <= 1799; second += 300) {
      expect(holding(thinned.get(station), second), `${station} at ${second}`).toBe(
        holding(full.get(station), second),
      );
    }
    expect(thinned.get(station)?.length).toBeLessThanOrEqual(8);
  }
});
