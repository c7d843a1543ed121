import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { random } from '../../../test/history/random.ts';
import { expectSameRows } from '../../../test/history/same-rows.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
const seed = Number(process.env.SEED ?? Date.now() % 100_000);
const POLLS = 60;

beforeAll(async () => {
  console.log(`station_change_between: SEED=${seed}`);
  store = await openTestStore();
  const next = random(seed);
  const messages = [];
  for (let poll = 0; poll < POLLS; poll++) {
    for (const system_id of ['a', 'b']) {
      const second = poll * 30 + (system_id === 'b' ? 7 : 0) + (poll > POLLS / 2 ? 5000 : 0);
      if (next() < 0.1) {
        messages.push(store.message({ system_id, second, outcome: 'failed', error: 'timeout' }));
        continue;
      }
      const stations = Array.from({ length: 12 }, (_, index) => ({
        station_id: `${index}`,
        ...(next() < 0.9 && { num_bikes_available: Math.floor(next() * 3) }),
        ...(next() < 0.7 && { num_docks_available: Math.floor(next() * 3) }),
      })).filter(() => next() < 0.9);
      messages.push(store.message({ system_id, second, body: { data: { stations } } }));
    }
  }
  await store.store(messages);
});
afterAll(() => store[Symbol.asyncDispose]());

type Told = { count: number; at: unknown };

const told = (count: unknown, observed_at: unknown): Told | undefined =>
  count === null ? undefined : { count: count as number, at: observed_at };

const delta = (now: Told | undefined, before: Told | undefined): number | null =>
  now === undefined || before === undefined ? null : now.count - before.count;

describe('station_change_between', () => {
  test.each([
    [-1000, 100_000],
    [0, 0],
    [30, 600],
    [607, 607],
    [1700, 7000],
    [6800, 100_000],
  ])('from %i s to %i s it gives the rows of station_change, of all systems and of one', async (from, to) => {
    const values = [at(from), at(to)];
    const view = 'select * from api.station_change where observed_at between $1 and $2';
    await expectSameRows(store, { view, given: 'select * from api.station_change_between($1, $2)', values });
    await expectSameRows(store, {
      view: `${view} and system_id = 'b'`,
      given: `select * from api.station_change_between($1, $2, 'b')`,
      values,
    });
  });

  test('the windows above hold changes with gaps and absences', async () => {
    const [row] = await store.ask(
      'select count(*)::int as changes, count(*) filter (where gap_seconds > 0)::int as with_gap from api.station_change',
    );
    expect(row?.changes).toBeGreaterThan(200);
    expect(row?.with_gap).toBeGreaterThan(20);
  });

  test('each count is compared with its last known value, as a program that reads row by row finds it', async () => {
    const rows = await store.ask(`
      select system_id, station_id, observed_at, num_bikes_available, num_docks_available
      from velolog.station_status join velolog.station using (station_key) join velolog.system using (system_key)
      order by 1, 2, 3`);
    const known = new Map<string, { bikes?: Told; docks?: Told }>();
    const expected: unknown[] = [];
    for (const { system_id, station_id, observed_at, ...row } of rows) {
      const id = `${system_id} ${station_id}`;
      const { bikes, docks } = known.get(id) ?? {};
      const now = {
        bikes: told(row.num_bikes_available, observed_at),
        docks: told(row.num_docks_available, observed_at),
      };
      known.set(id, {
        ...known.get(id),
        ...(now.bikes && { bikes: now.bikes }),
        ...(now.docks && { docks: now.docks }),
      });
      const deltas = [delta(now.bikes, bikes), delta(now.docks, docks)];
      if (!deltas.some((each) => each !== null && each !== 0)) continue;
      const since = [now.bikes && bikes?.at, now.docks && docks?.at].filter((time) => time !== undefined);
      expected.push([id, observed_at, Math.min(...since.map(Number)), ...deltas]);
    }
    const found = await store.ask(
      'select * from api.station_change order by system_id, station_id, observed_at',
    );
    expect(
      found.map((row) => [
        `${row.system_id} ${row.station_id}`,
        row.observed_at,
        Number(row.prev_observed_at),
        row.bikes_delta,
        row.docks_delta,
      ]),
    ).toEqual(expected);
    expect(expected.length).toBeGreaterThan(200);
  });

  test('gap_seconds is the time that neither the feed was observed nor the station listed, worked out with ranges', async () => {
    const wrong = await store.ask(`
      with hole as (
        select station_key, lag(to_at) over (partition by feed_key, station_key order by from_at) as a, from_at as b
        from velolog.coverage join velolog.feed using (feed_key) join velolog.station using (system_key)
        where outcome = 'observed'
        union all
        select station_key, last_seen_at, to_at from velolog.station_absence where to_at is not null
      )
      select change.station_id, change.gap_seconds, unseen.seconds
      from api.station_change as change
      join api.observation_of_station as station using (system_id, station_id)
      cross join lateral (
        select coalesce(sum(extract(epoch from upper(span) - lower(span))), 0)::float8 as seconds
        from (
          select unnest(range_agg(tstzrange(hole.a, hole.b))) as span
          from hole
          where hole.station_key = station.station_key and hole.a >= change.prev_observed_at and hole.b <= change.observed_at
        ) as spans
      ) as unseen
      where abs(unseen.seconds - change.gap_seconds) > 0.001`);
    expect(wrong).toEqual([]);
  });

  test('the planner sees through it: only the station that is asked for, only the months of the window and before are read', async () => {
    for (const month of ['2026_04', '2026_05'])
      await store.ask(
        `create table velolog.station_status_${month} partition of velolog.station_status for values from ('${month.replace('_', '-')}-01') to ('${month.replace('_', '-')}-28')`,
      );
    const reader = new pg.Client({ connectionString: store.readerUrl });
    await reader.connect();
    const { rows } = await reader.query(
      `explain select * from station_change_between('2026-06-02', '2026-06-16', 'b') where station_id = '3'`,
    );
    await reader.end();
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).not.toContain('Function Scan');
    expect(plan).toMatch(/station_id = '3'/);
    const months = plan.match(/ on station_status_\d+_\d+ /g) ?? [];
    expect(months.filter((month) => month.includes('2026_06')).length).toBe(2);
    expect(months.filter((month) => month.includes('2026_05')).length).toBe(1);
  });

  test('a system that is not known gives no rows and no error', async () => {
    expect(
      await store.ask(`select * from api.station_change_between($1, $2, 'nowhere')`, [at(0), at(9999)]),
    ).toEqual([]);
  });
});
