import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../../test/servers/test-database.ts';
import { packFlags } from './flags.ts';
import { stationStateOf } from './station-state.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const known = [null, false, true];
const flags = known.flatMap((is_installed) =>
  known.flatMap((is_renting) => known.map((is_returning) => ({ is_installed, is_renting, is_returning }))),
);

test('stationStateOf() and velolog.station_state_of() agree over all flags and kinds of counts', async () => {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rows } = await client.query(`
    select flags, bikes, docks, velolog.station_state_of(nullif(bikes, -1)::smallint, nullif(docks, -1)::smallint, flags::smallint) as state,
      velolog.flag(flags::smallint, 0) as is_installed, velolog.flag(flags::smallint, 1) as is_renting, velolog.flag(flags::smallint, 2) as is_returning
    from unnest(array[${flags.map(packFlags).join(',')}]) as flags, unnest(array[-1, 0, 1]) as bikes, unnest(array[-1, 0, 1]) as docks`);
  await client.end();
  expect(rows).toHaveLength(27 * 9);
  for (const { bikes, docks, flags, state, is_installed, is_renting, is_returning } of rows) {
    expect(stationStateOf(bikes, docks, flags)).toBe(state);
    expect(packFlags({ is_installed, is_renting, is_returning })).toBe(flags);
  }
});
