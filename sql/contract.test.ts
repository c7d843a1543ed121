import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../test/servers/test-database.ts';

/**
 * The first columns of each view, and of what each function returns, in this order: programs that are not ours ask for them. A column that
 * comes later is added at the end.
 */
const PLACE = 'system_id station_id name lat lon';
const STATION = `${PLACE} capacity first_observed_at last_observed_at`;
const CURRENT = `${STATION} num_bikes_available num_docks_available num_bikes_disabled num_docks_disabled is_installed is_renting is_returning state state_since observed_at age_seconds`;
const CHANGE = `${PLACE} observed_at prev_observed_at num_bikes_available prev_num_bikes_available bikes_delta num_docks_available prev_num_docks_available docks_delta gap_seconds`;
const STAY =
  'system_id vehicle_type_id form_factor propulsion_type lat lon station_id state from_at to_at begin_seen end_seen';

const VIEWS: Record<string, string> = {
  system: 'system_id name operator timezone url license_url stations first_observed_at last_observed_at',
  station: STATION,
  station_current: CURRENT,
  station_change: CHANGE,
  feed_health:
    'system_id feed last_fetched_at last_success_at last_updated ttl_seconds age_seconds overdue consecutive_failures last_error stations_skipped',
  feed_coverage: 'system_id feed from_at to_at polls outcome',
  vehicle_current:
    'system_id vehicle_type_id form_factor propulsion_type lat lon station_id state range_meters since since_seen observed_at age_seconds',
  data_quality_issue: 'system_id feed station_id flag since last_seen_at evidence',
  station_vehicle_type_current: 'system_id station_id vehicle_type_id form_factor propulsion_type count',
  vehicle_cell_hour: 'system_id hour_at geohash form_factor vehicles_mean appeared vanished observed_share',
};

/** Columns that other programs ask for by name, wherever they stand. */
const NAMED: Record<string, string> = {
  system_current:
    'system_id stations bikes docks ebikes empty full closed vehicles_available vehicles_reserved vehicles_disabled age_seconds overdue bounds country',
  station_current: 'num_ebikes_available region',
  system: 'country',
  vehicle_type: 'system_id vehicle_type_id form_factor propulsion_type valid_from valid_to',
  system_region: 'system_id region_id name valid_from valid_to',
  system_alert: 'system_id alert_id valid_from valid_to',
  pricing_plan: 'system_id plan_id valid_from valid_to',
  geofencing_zone: 'system_id valid_from valid_to',
  data_quality_flag: 'flag',
  data_quality_rate: 'day flag',
  outage_episode: 'system_id station_id',
};

const FUNCTIONS: Record<string, string> = {
  station_at: CURRENT,
  station_change_between: CHANGE,
  vehicle_stay_between: STAY,
  station_forecast: 'station_id p_bike p_dock expected_bikes basis',
};

let database: TestDatabase;
let client: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.readerUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

type Column = { name: string; type: string };

async function columnsOf(from: string): Promise<Column[]> {
  const { fields } = await client.query(`select * from ${from} limit 0`);
  const { rows } = await client.query<{ oid: number; type: string }>(
    'select oid, oid::regtype::text as type from unnest($1::oid[]) as oid',
    [fields.map(({ dataTypeID }) => dataTypeID)],
  );
  const types = new Map(rows.map(({ oid, type }) => [oid, type]));
  return fields.map(({ name, dataTypeID }) => ({ name, type: types.get(dataTypeID) ?? '' }));
}

const CALLS: Record<string, string> = {
  station_at: 'api.station_at(now())',
  station_change_between: 'api.station_change_between(now(), now())',
  vehicle_stay_between: `api.vehicle_stay_between(now(), now(), 'oslo')`,
  station_forecast: `api.station_forecast('oslo', 20)`,
};

test.each([
  ...Object.entries(VIEWS).map(([view, columns]) => [`api.${view}`, columns] as const),
  ...Object.entries(FUNCTIONS).map(([name, columns]) => [CALLS[name] ?? name, columns] as const),
])('%s begins with the columns that other programs ask for', async (from, expected) => {
  const names = (await columnsOf(from)).map(({ name }) => name);
  const wanted = expected.split(' ');
  expect(names.slice(0, wanted.length)).toEqual(wanted);
});

test.each(Object.entries(NAMED))(
  'api.%s has the columns that other programs ask for',
  async (view, expected) => {
    const names = (await columnsOf(`api.${view}`)).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(expected.split(' ')));
  },
);

test('no view or function for readers gives the id of a vehicle', async () => {
  const { rows } = await client.query(
    `select table_name, column_name from information_schema.columns
     where table_schema = 'api' and column_name ~ '^(bike|vehicle)_id$|listed_id|license_plate'`,
  );
  expect(rows).toEqual([]);
});

test.each([
  ['api.station_change', 'api.station_change_between(now(), now())'],
  ['api.outage_episode', 'api.outage_episode_between(now(), now())'],
  ['api.station_hour', 'api.station_hour_between(now(), now())'],
  ['api.sla_compliance', 'api.sla_compliance_between(current_date, current_date)'],
  ['api.profile_weekly', `api.profile_weekly_of('oslo', '1')`],
  ['api.station_current', 'api.station_at(now())'],
])('%s and its form for a window have the same columns of the same types', async (view, bounded) => {
  expect(await columnsOf(bounded)).toEqual(await columnsOf(view));
});
