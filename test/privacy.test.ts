import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bike, MARK, tellTypes, vehicles } from './history/told-vehicles.ts';
import { startTestLive } from './workers/test-live.ts';
import { openTestStore, type TestStore } from './workers/test-store.ts';

/** Three minutes of a fleet whose bodies carry the mark wherever a publisher puts something about one vehicle. */
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await tellTypes(store, 'marked');
  await store.poll('marked', 0, [
    {
      station_id: 'dock',
      num_bikes_available: 1,
      vehicle_types_available: [{ vehicle_type_id: 'e', count: 1 }],
    },
  ]);
  const marked = (id: string, east: number, more: object = {}) =>
    bike(id, {
      east,
      vehicle_type_id: 'e',
      name: `${MARK}-plate`,
      rental_uris: { web: `https://example.org/${MARK}` },
      vehicle_equipment: [MARK],
      ...more,
    });
  await vehicles(store, 'marked', 0, [marked('1', 0), marked('2', 300, { station_id: 'dock' })]);
  await vehicles(store, 'marked', 60, [marked('1', 900), marked('3', 600)]);
  await vehicles(store, 'marked', 120, [marked('1', 900, { is_reserved: true })]);
  await store.record({ system_id: 'marked', feed: 'free_bike_status', second: 180, body: `<html>${MARK}` });
});
afterAll(() => store[Symbol.asyncDispose]());

test('the table of what is listed now holds the ids: the mark is one that would be found', async () => {
  const rows = await store.ask('select * from velolog.vehicle_listed');
  expect(JSON.stringify(rows)).toContain(MARK);
});

test('no other table holds an id of a vehicle', async () => {
  const tables = await store.ask(
    "select tablename from pg_tables where schemaname = 'velolog' and tablename <> 'vehicle_listed' order by 1",
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { tablename } of tables) {
    const [row] = await store.ask(
      `select count(*)::int as marked from velolog.${tablename} as t where t::text like '%${MARK}%'`,
    );
    expect(row, String(tablename)).toEqual({ marked: 0 });
  }
});

test('nothing that a reader may ask gives an id, and the table with ids is none of it', async () => {
  const reader = new pg.Client({ connectionString: store.readerUrl });
  await reader.connect();
  try {
    const { rows: views } = await reader.query<{ name: string }>(
      `select table_schema || '.' || table_name as name from information_schema.table_privileges
       where privilege_type = 'SELECT' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    expect(views.length).toBeGreaterThan(20);
    const window = "'2026-06-15 11:00Z', '2026-06-15 13:00Z', 'marked'";
    const asked = [
      ...views.map(({ name }) => name),
      `api.vehicle_stay_between(${window})`,
      `api.vehicle_count_between(${window}, 60)`,
      `api.station_at('2026-06-15 12:01Z', 'marked')`,
    ];
    for (const from of asked) {
      const { rows } = await reader.query(`select t::text as line from ${from} as t`);
      expect(JSON.stringify(rows), from).not.toContain(MARK);
    }
    const { rows: current } = await reader.query(
      "select * from api.vehicle_current where system_id = 'marked'",
    );
    expect(current).toHaveLength(1);
    await expect(reader.query('select * from velolog.vehicle_listed')).rejects.toThrow(/permission denied/);
  } finally {
    await reader.end();
  }
});

test('no answer of the API gives an id', async () => {
  await using live = await startTestLive(store.readerUrl);
  const { paths } = (await live.json('/openapi.json')) as { paths: Record<string, { get?: unknown }> };
  const places = Object.keys(paths).map((path) => path.replace(/^\/api\/v1/, ''));
  expect(places.length).toBeGreaterThan(5);
  for (const place of places) {
    if (place.includes('events')) continue; // A stream: the same rows as the others, without an end.
    const path = place.replaceAll('{system_id}', 'marked').replaceAll('{station_id}', 'dock');
    expect(await (await live.get(path)).text(), path).not.toContain(MARK);
  }
});

test('a body that cannot be used is counted by a reason that tells nothing of it', () => {
  expect(store.letters.map(({ reason }) => reason)).toEqual(['not_json']);
});
