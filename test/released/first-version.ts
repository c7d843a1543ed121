import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readSqlFile } from '@velolog/store/migrate/sql-files';
import pg from 'pg';
import { createEmptyDatabase } from '../servers/test-database.ts';
import { withClient } from '../servers/with-client.ts';
import type { TestStore } from '../workers/test-store.ts';

/** A database as commit 83a93fa created it, and what its workers did in it. */
export type FirstVersion = {
  url: string;
  client: pg.Client;
  /** Drops the months that had ended by then, as the chores did. */
  dropMonths(names: string[]): Promise<void>;
  /** Rolls up every lane until its last whole hour, or until `until`, in one step. */
  rollUp(until: string): Promise<void>;
  /** The statement for it. */
  rollUpStatement(until: string): string;
  drop(): Promise<void>;
};

const MIGRATIONS = ['0001-tables.sql', '0002-roll-up.sql'];
/** Each comes after those it refers to. */
const TABLES = [
  'system',
  'station',
  'feed',
  'station_status',
  'station_state',
  'station_absence',
  'coverage',
  'observed_range',
  'kafka_position',
];

/** Contains the rows of `store`, which must not have dropped any: both versions write the same rows. */
export async function createFirstVersionDatabase(store: TestStore): Promise<FirstVersion> {
  const database = await createEmptyDatabase();
  const client = new pg.Client({ connectionString: database.url });
  client.on('error', () => {});
  await client.connect();
  await client.query(`create schema velolog;
    create table velolog.migration (name text primary key, hash text not null, applied_at timestamptz not null default now())`);
  for (const name of MIGRATIONS) {
    const text = readSqlFile(`migrations/${name}`);
    await client.query(text);
    const hash = createHash('sha256').update(text).digest('hex');
    await client.query('insert into velolog.migration (name, hash) values ($1, $2)', [name, hash]);
  }
  await client.query(readFileSync(new URL('83a93fa-api.sql', import.meta.url), 'utf8'));
  await copyRows(store.url, client);
  await client.query(STATE_SINCE);
  return {
    url: database.url,
    client,
    rollUp: async (until) => void (await client.query(rollUpStatement(until))),
    rollUpStatement,
    dropMonths: async (names) => {
      for (const name of names) await client.query(`drop table velolog.${name}`);
    },
    drop: async () => {
      await client.end();
      await database.drop();
    },
  };
}

const rollUpStatement = (until: string) => ROLL_UP.replaceAll('$until', pg.escapeLiteral(until));

async function copyRows(fromUrl: string, to: pg.Client): Promise<void> {
  await withClient(fromUrl, async (from) => {
    const { rows: months } = await from.query<{ name: string; bounds: string }>(
      `select relname as name, pg_get_expr(relpartbound, oid) as bounds from pg_class where relispartition and relkind = 'r' and relname like 'station_status%'`,
    );
    for (const { name, bounds } of months)
      await to.query(`create table velolog.${name} partition of velolog.station_status ${bounds}`);
    for (const table of TABLES) {
      const { rows } = await from.query<{ rows: string }>(
        `select coalesce(json_agg(t), '[]')::text as rows from velolog.${table} as t`,
      );
      await to.query(
        `insert into velolog.${table} overriding system value select * from json_populate_recordset(null::velolog.${table}, $1)`,
        [rows[0]?.rows],
      );
    }
  });
}

/** With the meaning of that version, in which nothing was unknown. A station that returns starts over. */
const STATE_SINCE = `
  update velolog.station_state as state
  set state_since = greatest((select max(to_at) from velolog.station_absence as absence where absence.station_key = state.station_key), (
    select min(report.observed_at)
    from velolog.station_status as report
    where report.station_key = state.station_key and report.observed_at > coalesce((
      select max(other.observed_at) from velolog.station_status as other
      where other.station_key = state.station_key
        and velolog.station_state_of(other.num_bikes_available, other.num_docks_available, other.flags)
          <> velolog.station_state_of(state.num_bikes_available, state.num_docks_available, state.flags)
    ), '-infinity')
  ))`;

/** What packages/store/src/roll-up.ts did in that version, for all lanes at once. */
const ROLL_UP = `
  with step as materialized (
    select lane.feed_key, lane.system_key, lane.from_at, lane.to_at as lane_to_at,
      least(date_bin('1 hour', lane.last_observed_at, 'epoch'), $until) as to_at,
      date_bin('1 hour', lane.from_at + interval '1 hour - 1 microsecond', 'epoch') as first_whole_hour_at
    from api.observed_lane as lane
    where date_bin('1 hour', lane.last_observed_at, 'epoch') > lane.from_at and lane.from_at < $until
  ), marks as (
    insert into velolog.rolled_range (feed_key, from_at, to_at) select feed_key, from_at, to_at from step
  ), spells as (
    insert into velolog.station_spell (station_key, state, from_at, to_at, start_observed, end_observed)
    select spell.station_key, spell.state, spell.from_at, spell.to_at, coalesce(spell.start_observed, false), spell.end_observed
    from step
    cross join lateral api.station_spell_in(step.system_key, step.from_at, step.lane_to_at, step.from_at, step.to_at) as spell
  )
  insert into velolog.station_hour (system_key, station_key, hour_at, bikes_min, bikes_mean, bikes_max, docks_min, docks_mean,
    docks_max, observed_ms, empty_ms, full_ms, closed_ms, arrivals, departures, largest_step)
  select step.system_key, station_key, hour_at, bikes_min, bikes_ms::double precision / nullif(bikes_known_ms, 0), bikes_max,
    docks_min, docks_ms::double precision / nullif(docks_known_ms, 0), docks_max, observed_ms, empty_ms, full_ms, closed_ms,
    arrivals, departures, largest_step
  from step
  cross join lateral api.station_hour_in(step.system_key, step.from_at, step.lane_to_at, greatest(step.from_at, step.first_whole_hour_at), step.to_at)`;
