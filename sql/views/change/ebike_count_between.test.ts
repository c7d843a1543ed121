import { afterAll, beforeAll, expect, test } from 'vitest';
import { random } from '../../../test/history/random.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);
let store: TestStore;

const TYPES = [
  { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric_assist' },
  { vehicle_type_id: 'cargo', form_factor: 'cargo_bicycle', propulsion_type: 'electric' },
  { vehicle_type_id: 'h', form_factor: 'bicycle', propulsion_type: 'human' },
];

/** Every spelling of e-bikes, stations that tell nothing, counts that cannot be read, absences, failures, a pause. */
beforeAll(async () => {
  console.log(`ebike_count_between: SEED=${seed}`);
  store = await openTestStore();
  const next = random(seed);
  const count = () => Math.floor(next() * 4);
  const told = (station: number) =>
    [
      () => ({ num_ebikes_available: count() }),
      () => ({ num_bikes_available_types: { mechanical: count(), ebike: count() } }),
      () => ({ num_bikes_available_types: [{ mechanical: count() }, { ebike: count() }] }),
      () => ({
        vehicle_types_available: ['e', 'cargo', 'h']
          .filter(() => next() < 0.8)
          .map((vehicle_type_id) => ({ vehicle_type_id, count: next() < 0.1 ? 'x' : count() })),
      }),
      () => ({ vehicle_types_available: [{ vehicle_type_id: 'nobody-defined-it', count: count() }] }),
      () => ({}),
    ][station % 6]?.() ?? {};
  for (const system_id of ['a', 'untold']) {
    await store.record({
      system_id,
      feed: 'vehicle_types',
      second: 0,
      body: { data: { vehicle_types: TYPES } },
    });
    const messages = [];
    for (let poll = 0; poll < 60; poll++) {
      const second = 10 + poll * 30 + (poll > 30 ? 4000 : 0);
      const stations = Array.from({ length: 12 }, (_, station) => ({
        station_id: `${station}`,
        num_bikes_available: 5,
        ...(system_id === 'a' && next() < 0.85 && told(station)),
      })).filter(() => next() < 0.9);
      const failed = next() < 0.1;
      messages.push(
        store.message({
          system_id,
          second,
          ...(failed ? { outcome: 'failed', error: 'timeout' } : { body: { data: { stations } } }),
        }),
      );
    }
    await store.store(messages);
  }
});
afterAll(() => store?.[Symbol.asyncDispose]());

const at = (second: number) => `'2026-06-15T12:00:00Z'::timestamptz + interval '${second} s'`;

/** What station_at says at the same times. */
const MOMENTS = `
  select counted.at, counted.num_ebikes_available::int as found, counted.stations_telling::int as telling,
    moment.ebikes::int as expected, moment.telling::int as expected_telling, moment.is_seen
  from api.ebike_count_between(FROM, TO, SYSTEM, STEP, STATION) as counted
  cross join lateral (
    select sum(num_ebikes_available) filter (where state <> 'absent') as ebikes,
      count(num_ebikes_available) filter (where state <> 'absent') as telling,
      bool_or(state is not null) as is_seen
    from api.station_at(counted.at, SYSTEM) as station
    where STATION::text is null or station_id = STATION
  ) as moment
  order by 1`;

async function moments(from: number, to: number, system: string, step: number, station: string | null) {
  const query = MOMENTS.replaceAll('FROM', at(from))
    .replaceAll('TO', at(to))
    .replaceAll('SYSTEM', `'${system}'`)
    .replaceAll('STEP', `${step}`)
    .replaceAll('STATION', station === null ? 'null' : `'${station}'`);
  return await store.ask(query);
}

test.each([
  { from: -300, to: 7000, step: 60 },
  { from: 400, to: 1500, step: 7 },
  { from: 5000, to: 6000, step: 30 },
])(
  'from $from s to $to s all stations have the e-bikes that station_at finds at each time',
  async (window) => {
    const rows = await moments(window.from, window.to, 'a', window.step, null);
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(({ found }) => (found as number) > 0).length).toBeGreaterThan(5);
    for (const row of rows) {
      expect(row.found, `${row.at}`).toBe(row.expected);
      expect(row.telling, `${row.at}`).toBe(row.is_seen ? row.expected_telling : null);
    }
  },
);

test('a single station has its own, in whatever way its feed gives them', async () => {
  for (let station = 0; station < 6; station++) {
    const rows = await moments(0, 6500, 'a', 90, `${station}`);
    for (const row of rows) expect(row.found, `station ${station} at ${row.at}`).toBe(row.expected);
  }
});

test('e-bikes are null, and never 0, if no station reports them', async () => {
  const rows = await moments(0, 6500, 'untold', 60, null);
  expect(rows.filter(({ is_seen }) => is_seen).length).toBeGreaterThan(5);
  expect(new Set(rows.map(({ found }) => found))).toEqual(new Set([null]));
});
