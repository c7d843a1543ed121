import { expect, test } from 'vitest';
import { readTableRows } from '../../../../test/history/table-rows.ts';
import { withClient } from '../../../../test/servers/with-client.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { type PartitionState, storeRecords } from '../intake/store-records.ts';
import { checkQualityOnce } from '../upkeep/quality/check-quality.ts';
import { rollUpAll } from '../upkeep/roll-up.ts';
import { startPosition } from './kafka-position.ts';

function stationsAt(second: number) {
  return [
    { station_id: 'a', num_bikes_available: (second / 60) % 5, num_docks_available: 5 },
    // Away every other hour.
    ...(Math.floor(second / 3600) % 2 === 0
      ? [{ station_id: 'b', num_bikes_available: 1, num_docks_available: 0 }]
      : []),
  ];
}

async function recordHours(store: TestStore, system: string): Promise<void> {
  await store.tellTimezone(system, 'Europe/Oslo');
  await store.pollEvery(60, system, [0, 3 * 3600], stationsAt);
}

/** A row in each table that polls of stations and the roll-up leave empty. */
async function fillOthers(store: TestStore, system: string): Promise<void> {
  const stations = [
    { station_id: 'a', num_bikes_available: 2, num_ebikes_available: 1, num_docks_available: 5 },
  ];
  await store.poll(system, 4 * 3600, stations);
  const tell = (feed: string, data: object) =>
    store.record({ system_id: system, feed, second: 4 * 3600, body: { data } });
  await tell('system_regions', { regions: [{ region_id: 'r', name: 'R' }] });
  await tell('vehicle_types', {
    vehicle_types: [{ vehicle_type_id: 't', form_factor: 'bicycle', propulsion_type: 'human' }],
  });
  await tell('free_bike_status', { bikes: [{ bike_id: 'b', lat: 59.9, lon: 10.7 }] });
  await store.ask(`
    insert into velolog.station_hour_edge select hour_at, 0, 0, system_key, station_key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    from velolog.station_hour`);
  await store.ask(`
    insert into velolog.station_status_before (observed_at, station_key, flags)
    select '2026-01-01', station_key, 0 from velolog.station join velolog.system using (system_key) where system_id = '${system}'`);
  await store.ask(`
    insert into velolog.station_type_status_before (observed_at, station_key, vehicle_type_key)
    select '2026-01-01', station_key, 0 from velolog.station join velolog.system using (system_key) where system_id = '${system}'`);
  await store.ask(
    'insert into velolog.month_revision (system_key, month_at) select system_key, now() from velolog.system',
  );
  await store.ask(`
    insert into velolog.data_quality_issue (system_key, feed, flag, noticed_at, since, last_seen_at, evidence)
    select system_key, feed, 'feed_failing', now(), now(), now(), '{}' from velolog.feed join velolog.system using (system_key)
    where system_id = '${system}'`);
  await store.ask(`
    insert into velolog.forecast_model
    select system_key, 'bike', 20, 'table', now(), now(), 0, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}' from velolog.system`);
  await store.ask(
    "insert into velolog.forecast_hour select system_key, 'bike', 20, 0, '{}', '{}', '{}', '{}', '{}' from velolog.system",
  );
  await store.ask(`
    insert into velolog.forecast_made
    select system_key, 20, now(), now(), 'bike', '{}', '{}', '{}', '{}', '{}', '{}' from velolog.system`);
  await store.ask(`
    insert into velolog.forecast_score
    select system_key, '2026-06-15', 'bike', 20, 0, 0, 0, 0, 0, 0, '{}', '{}', '{}' from velolog.system`);
  await store.ask(
    "insert into velolog.forecast_tempo (system_key, stations, usual_moves) select system_key, 0, '{}' from velolog.system",
  );
  await store.ask('insert into velolog.data_quality_check select feed_key, now() from velolog.feed');
  await store.ask('insert into velolog.published_change select system_key, now() from velolog.system');
  await store.ask('insert into velolog.vehicle_rolled select feed_key, now(), now() from velolog.feed');
  await store.ask('insert into velolog.vehicle_hour select now(), feed_key, 0 from velolog.feed');
  await store.ask(
    "insert into velolog.vehicle_cell_hour select now(), 0, feed_key, 0, 0, 'u4xsu4x', null from velolog.feed",
  );
}

/** The rows of each table that hang on a system, directly or by a station or a feed. */
async function rowsOf(store: TestStore, system: string): Promise<Record<string, number>> {
  const tables = await store.ask(`
    select table_name, (array_agg(column_name::text order by column_name desc))[1] as key from information_schema.columns
    join pg_class on relname = table_name and relnamespace = 'velolog'::regnamespace and not relispartition and relkind in ('r', 'p')
    where table_schema = 'velolog' and column_name in ('system_key', 'station_key', 'feed_key') group by 1`);
  const counts: Record<string, number> = {};
  for (const { table_name, key } of tables) {
    const of = { system_key: 'system', station_key: 'station', feed_key: 'feed' }[key as string];
    const [row] = await store.ask(
      `select count(*)::int as count from velolog.${table_name}
       where ${key} = any($1::int[])`,
      [KEYS.get(`${system}/${of}`)],
    );
    counts[table_name as string] = row?.count as number;
  }
  return counts;
}

const KEYS = new Map<string, unknown>();

async function rememberKeys(store: TestStore, system: string): Promise<void> {
  for (const of of ['system', 'station', 'feed']) {
    const [row] = await store.ask(
      `select array_agg(${of}_key) as keys from velolog.${of} ${of === 'system' ? '' : 'join velolog.system using (system_key)'} where system_id = $1`,
      [system],
    );
    KEYS.set(`${system}/${of}`, row?.keys);
  }
}

test('forgetting a system leaves no row of it in any table that hangs on a system, and every row of the others', async () => {
  await using store = await openTestStore();
  await recordHours(store, 'kept');
  const kept = await readTableRows(store.url);
  await recordHours(store, 'typo');
  await rollUpAll(store.context.pool);
  await fillOthers(store, 'typo');
  await rememberKeys(store, 'typo');
  const before = await rowsOf(store, 'typo');
  for (const [table, count] of Object.entries(before)) expect(count, table).toBeGreaterThan(0);
  await store.store([store.forgetMessage('typo')]);
  const after = await rowsOf(store, 'typo');
  for (const [table, count] of Object.entries(after)) expect(count, table).toBe(0);
  expect({ ...(await readTableRows(store.url)), kafka_position: [] }).toEqual({
    ...kept,
    kafka_position: [],
  });
  const { values } = await store.context.metrics.rows_total.get();
  expect(new Set(values.map(({ labels }) => labels.system))).toEqual(new Set(['kept']));
});

test('a forgotten system that comes again starts over, without the keys in memory', async () => {
  await using store = await openTestStore();
  await recordHours(store, 'typo');
  await store.store([store.forgetMessage('typo')]);
  await store.poll('typo', 60, [{ station_id: 'a', num_bikes_available: 3, num_docks_available: 4 }]);
  expect(await store.ask('select station_id, first_observed_at as at from api.station')).toEqual([
    { station_id: 'a', at: 60 },
  ]);
  expect(store.letters).toEqual([]);
});

test('a roll-up that is under way is waited for', async () => {
  await using store = await openTestStore();
  await recordHours(store, 'typo');
  const rolling = rollUpAll(store.context.pool);
  await store.store([store.forgetMessage('typo')]);
  await rolling;
  expect((await readTableRows(store.url)).system).toEqual([]);
  await rollUpAll(store.context.pool);
});

test('forgetting a system during a quality check leaves no issue of it, and those of others stay', async () => {
  await using store = await openTestStore();
  const { pool } = store.context;
  const negative = [{ station_id: 'a', num_bikes_available: -1, num_docks_available: 4 }];
  const issues = () => store.ask('select system_id, flag from api.data_quality_issue where ended_at is null');
  const ofKept = { system_id: 'kept', flag: 'negative_or_huge' };
  await store.poll('kept', 0, negative);
  for (let second = 0; second < 600; second += 60) {
    await store.poll('typo', second, negative);
    // The second may fail, as where another worker has taken over, and looks again a minute later.
    const looked = checkQualityOnce(pool, new Date(START)).catch(() => {});
    await store.store([store.forgetMessage('typo')]);
    await looked;
    expect(await issues()).toEqual(
      expect.not.arrayContaining([expect.objectContaining({ system_id: 'typo' })]),
    );
  }
  await checkQualityOnce(pool, new Date(START));
  expect(await issues()).toEqual([ofKept]);
});

test('a quality check that is noted while a system is being forgotten neither stops that nor stays', async () => {
  await using store = await openTestStore();
  await store.poll('typo', 0, stationsAt(0));
  await store.poll('kept', 0, stationsAt(0));
  const waiting = () =>
    store.ask("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
  await withClient(store.url, async (client) => {
    // Forgetting stops here, after it has removed the checks that were noted before.
    await client.query('begin');
    await client.query('lock table velolog.observed_range in share mode');
    const forgotten = store.store([store.forgetMessage('typo')]);
    await expect.poll(waiting).toHaveLength(1);
    const noted = checkQualityOnce(store.context.pool, new Date(START));
    await Promise.race([noted, expect.poll(waiting).toHaveLength(2)]);
    await client.query('commit');
    await Promise.all([forgotten, noted]);
  });
  expect(await store.ask('select system_id from api.system')).toEqual([{ system_id: 'kept' }]);
  expect(await store.ask('select system_id from api.data_quality_check')).toEqual([{ system_id: 'kept' }]);
});

test('later records from another ingest worker begin the system again; "not modified" does not confirm a forgotten list', async () => {
  await using store = await openTestStore();
  await store.poll('typo', 0, stationsAt(0));
  await store.store([store.forgetMessage('typo')]);
  await store.record({ system_id: 'typo', second: 60, outcome: 'unchanged' });
  await store.record({ system_id: 'typo', second: 120, outcome: 'failed', error: 'http_503' });
  expect(await store.ask('select station_id from api.station')).toEqual([]);
  const seen = () =>
    store.ask(
      'select outcome, extract(epoch from from_at)::int - $1::int as second from velolog.coverage order by from_at',
      [START / 1000],
    );
  expect(await seen()).toEqual([{ outcome: 'failed', second: 60 }]);
  expect(await store.ask('select last_error from api.feed_health')).toEqual([{ last_error: 'http_503' }]);
  // Within the hour ingest asks for the whole body.
  await store.poll('typo', 180, stationsAt(180));
  expect(await seen()).toEqual([
    { outcome: 'failed', second: 60 },
    { outcome: 'observed', second: 180 },
  ]);
  expect(await store.ask('select station_id, first_observed_at as at from api.station order by 1')).toEqual([
    { station_id: 'a', at: 180 },
    { station_id: 'b', at: 180 },
  ]);
});

test('a run of records with more than the one that forgets a system is not stored', async () => {
  await using store = await openTestStore();
  await store.poll('typo', 0, [{ station_id: 'a', num_bikes_available: 3, num_docks_available: 4 }]);
  const mixed = [
    store.forgetMessage('typo'),
    store.message({ system_id: 'typo', second: 60, outcome: 'failed' }),
  ];
  await expect(store.store(mixed)).rejects.toThrow('stored by itself');
  expect((await readTableRows(store.url)).system).toHaveLength(1);
});

/** A worker's two topics: polls of feeds with vehicle ids, and all others. */
async function openTopics(store: TestStore) {
  const vehicles: PartitionState = {
    ...store.state,
    topic: 'vehicle-polls',
    carries: 'vehicles',
    systems: new Map(),
  };
  await startPosition(store.context.pool, vehicles, 0n);
  store.state.carries = 'others';
  return {
    tellOthers: async () => {
      await store.tellTimezone('typo', 'Europe/Oslo');
      await store.poll('typo', 60, [{ station_id: 'a', num_bikes_available: 3, num_docks_available: 4 }]);
      const vehicle_types = [{ vehicle_type_id: 't', form_factor: 'moped', propulsion_type: 'electric' }];
      await store.record({
        system_id: 'typo',
        feed: 'vehicle_types',
        second: 60,
        body: { data: { vehicle_types } },
      });
    },
    tellVehicles: (second: number, lat: number) => {
      const bikes = [{ bike_id: 'b', lat, lon: 10.7, vehicle_type_id: 't' }];
      const poll = { system_id: 'typo', feed: 'free_bike_status', second, body: { data: { bikes } } };
      return storeRecords(store.context, vehicles, [store.message(poll)]);
    },
    forgetOthers: () => store.store([store.forgetMessage('typo')]),
    forgetVehicles: () => storeRecords(store.context, vehicles, [store.forgetMessage('typo')]),
  };
}

const ofSystem = (store: TestStore) =>
  store.ask(`select timezone, (select count(*)::int from velolog.station) as stations,
    (select count(*)::int from velolog.vehicle_stay) as stays, (select string_agg(form_factor, '') from velolog.vehicle_type) as forms
    from velolog.system`);

test("a record in one topic forgets the system's data from that topic, and the record in the other one the rest", async () => {
  await using store = await openTestStore();
  const topics = await openTopics(store);
  await topics.tellOthers();
  await topics.tellVehicles(60, 59.9);
  const forms = 'moped';
  expect(await ofSystem(store)).toEqual([{ timezone: 'Europe/Oslo', stations: 1, stays: 1, forms }]);
  await topics.forgetVehicles();
  expect(await ofSystem(store)).toEqual([{ timezone: 'Europe/Oslo', stations: 1, stays: 0, forms }]);
  await topics.forgetOthers();
  expect(await ofSystem(store)).toEqual([]);
  expect((await readTableRows(store.url)).vehicle_type).toEqual([]);
});

test('the other topic keeps its memory after the first has forgotten the system', async () => {
  await using store = await openTestStore();
  const topics = await openTopics(store);
  await topics.tellOthers();
  await topics.tellVehicles(60, 59.9);
  await topics.forgetOthers();
  expect(await ofSystem(store)).toEqual([{ timezone: null, stations: 0, stays: 1, forms: null }]);
  await topics.tellVehicles(120, 59.8);
  expect(await ofSystem(store)).toEqual([{ timezone: null, stations: 0, stays: 2, forms: null }]);
  await topics.tellOthers();
  await topics.forgetVehicles();
  expect(await ofSystem(store)).toEqual([{ timezone: 'Europe/Oslo', stations: 1, stays: 0, forms: 'moped' }]);
  expect(store.letters).toEqual([]);
});
