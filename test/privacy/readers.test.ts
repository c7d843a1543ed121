import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportBundle } from '@velolog/lake/bundle/export-bundle';
import { openDuckDb, quotePath } from '@velolog/lake/duckdb-session';
import { writeLake } from '@velolog/lake/write-lake';
import { READER_ROLES } from '@velolog/store/migrate/roles';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARK, vehicles } from '../history/told-vehicles.ts';
import { openEvents } from '../workers/event-source.ts';
import { startTestLive } from '../workers/test-live.ts';
import { at, openTestStore, type TestStore } from '../workers/test-store.ts';
import { marked, tellMarkedFleet, tellMarkedHours } from './marked-fleet.ts';

/** What a path may be asked: the place of the fleet, and a station. */
const QUERY: Record<string, string> = { bbox: '10,59,11,60', lat: '59.9', lon: '10.7', id: 'dock' };

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await tellMarkedFleet(store);
  await tellMarkedHours(store);
});
afterAll(() => store[Symbol.asyncDispose]());

test('the table of listed vehicles contains the ids: the mark can be found', async () => {
  const rows = await store.ask('select * from velolog.vehicle_listed');
  expect(JSON.stringify(rows)).toContain(MARK);
});

test('no other table contains an id of a vehicle', async () => {
  const tables = await store.ask(
    "select tablename from pg_tables where schemaname = 'velolog' and tablename <> 'vehicle_listed' order by 1",
  );
  expect(tables.length).toBeGreaterThan(20);
  const filled = new Set<unknown>();
  for (const { tablename } of tables) {
    const [row] = await store.ask(
      `select count(*)::int as rows, count(*) filter (where t::text like '%${MARK}%')::int as marked from velolog.${tablename} as t`,
    );
    expect(row, String(tablename)).toMatchObject({ marked: 0 });
    if (Number(row?.rows) > 0) filled.add(tablename);
  }
  // What upkeep makes of vehicles and of defects of their bodies was there to be searched.
  for (const name of [
    'vehicle_stay',
    'vehicle_hour',
    'vehicle_cell_hour',
    'data_quality_issue',
    'feed_document',
  ])
    expect(filled).toContain(name);
});

/** Everything that a role may read: tables and views, and each function of the schema with arguments under which the fleet is found. */
async function readableBy(client: pg.Client): Promise<string[]> {
  const { rows: views } = await client.query<{ name: string }>(
    `select format('%I.%I', nspname, relname) as name
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where relkind in ('r', 'p', 'v', 'm', 'f') and nspname not in ('pg_catalog', 'information_schema') and nspname !~ '^pg_toast'
       and has_schema_privilege(nspname, 'usage') and has_table_privilege(pg_class.oid, 'select')`,
  );
  const { rows: functions } = await client.query<{ name: string; names: string[]; types: string[] }>(
    `select format('%I.%I', nspname, proname) as name, proargnames[1:pronargs] as names,
       array(select format_type(type, null) from unnest(proargtypes) with ordinality as arg (type, number) order by number) as types
     from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
     where nspname not in ('pg_catalog', 'information_schema') and prokind = 'f' and prorettype <> 'trigger'::regtype
       and has_schema_privilege(nspname, 'usage') and has_function_privilege(pg_proc.oid, 'execute')`,
  );
  const calls = functions.map(({ name, names, types }) => {
    const values = types.map((type, index) => `${argument(names?.[index] ?? '', type)}::${type}`);
    return `${name}(${values.join(', ')})`;
  });
  return [...views.map(({ name }) => name), ...calls];
}

const BEGINNINGS = /^(from|lane_from|since|a$)/;

function argument(name: string, type: string): string {
  if (type.endsWith('[]')) return "'{}'";
  if (/^(timestamp|date)/.test(type))
    return BEGINNINGS.test(name) ? "'2026-06-15 11:00Z'" : "'2026-06-15 12:01Z'";
  if (name === 'system_key') return '(select min(system_key) from api.held_span)';
  if (name === 'step_seconds') return '60';
  if (name === 'minutes') return '30';
  if (name === 'from_hour') return '0';
  if (name === 'to_hour') return '24';
  if (/int|double|numeric/.test(type)) return '1';
  if (type === 'boolean') return 'true';
  return name === 'station_id' ? "'dock'" : "'marked'";
}

test.each(READER_ROLES)(
  'nothing that %s may read or call gives an id, and the table with ids is none of it',
  async (role) => {
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    try {
      await client.query(`set role ${role}`);
      const asked = await readableBy(client);
      expect(asked.length).toBeGreaterThan(45);
      expect(asked.some((name) => name.startsWith('api.vehicle_stay_between('))).toBe(true);
      const rowsOf = new Map<string, number>();
      for (const from of asked) {
        const { rows } = await client.query(`select t::text as line from ${from} as t`);
        expect(JSON.stringify(rows), from).not.toContain(MARK);
        rowsOf.set(from.replace(/\(.*/, ''), rows.length);
      }
      for (const name of [
        'vehicle_current',
        'vehicle_stay_between',
        'vehicle_count_between',
        'vehicle_change_between',
      ])
        expect(rowsOf.get(`api.${name}`), name).toBeGreaterThan(0);
      await expect(client.query('select * from velolog.vehicle_listed')).rejects.toThrow(/permission denied/);
    } finally {
      await client.end();
    }
  },
);

/** What the paths of the API are asked about. */
const ASKED: Record<string, string> = { system_id: 'marked', station_id: 'dock', feed: 'vehicle_types' };

test('no answer, event, GBFS document or metric of the live worker gives an id', async () => {
  await using live = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
  type Operation = { get: { parameters?: { name: string }[] } };
  const { paths } = (await live.json('/openapi.json')) as { paths: Record<string, Operation> };
  expect(Object.keys(paths).length).toBeGreaterThan(20);
  for (const [place, { get }] of Object.entries(paths)) {
    if (place.includes('events')) continue;
    const path = place.replace(/\{(\w+)\}/g, (_, name: string) => ASKED[name] ?? '');
    const answers = await Promise.all(
      [QUERY, { ...QUERY, at: at(0).toISOString() }].map((values) => {
        const given = Object.entries(values).filter(([name]) =>
          get.parameters?.some((one) => one.name === name),
        );
        return fetch(`${live.url}${path}?${new URLSearchParams(given)}`);
      }),
    );
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    // Nobody looks at the fleet now, so GBFS documents exist only of then.
    expect(
      answers.some(({ ok }) => ok),
      `${path}: ${texts}`,
    ).toBe(true);
    expect(texts.join(''), path).not.toContain(MARK);
  }
  const stream = await openEvents(`${live.url}/api/v1/systems/marked/events`);
  await vehicles(store, 'marked', 240, [marked('1', 900), marked('4', 1500)]);
  await store.poll('marked', 240, [{ station_id: 'dock', num_bikes_available: 0 }]);
  await stream.next(({ event }) => event === 'stations');
  stream.close();
  expect(JSON.stringify(stream.events)).not.toContain(MARK);
  expect(await (await fetch(`${live.url}/metrics`)).text()).not.toContain(MARK);
});

test('no file of an export or of the lake contains an id', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'velolog-privacy-'));
  const { connection, [Symbol.dispose]: close } = await openDuckDb();
  try {
    const all = { systems: [], fromDay: null, toDay: null, includeUnlicensed: true };
    const { files } = await exportBundle({ databaseUrl: store.url, dir: join(folder, 'export'), ...all });
    expect(files).toBeGreaterThan(0);
    await writeLake({
      databaseUrl: store.url,
      dir: join(folder, 'lake'),
      kind: 'lake',
      choose: (systems) => systems,
      fromDay: null,
      toDay: null,
    });
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    expect(paths.filter((path) => path.endsWith('.parquet')).length).toBeGreaterThan(1);
    for (const path of paths) {
      expect((await readFile(path)).includes(MARK), path).toBe(false);
      if (!path.endsWith('.parquet')) continue;
      // What is compressed shows no text.
      const reader = await connection.runAndReadAll(
        `select t::varchar as line from read_parquet(${quotePath(path)}) as t`,
      );
      expect(JSON.stringify(reader.getRows()), path).not.toContain(MARK);
    }
  } finally {
    close();
    await rm(folder, { recursive: true });
  }
});

test('an unusable body is counted by a reason that reveals nothing of its content', () => {
  expect(store.letters.map(({ reason }) => reason)).toEqual(['not_json']);
});
