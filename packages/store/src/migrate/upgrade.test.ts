import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createFirstVersionDatabase } from '../../../../test/released/first-version.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { openDatabase } from '../tables/database.ts';
import { doChoresOnce } from '../upkeep/chores.ts';
import { rollUpAll } from '../upkeep/roll-up.ts';
import { migrate } from './migrate.ts';
import { readSqlFile } from './sql-files.ts';
import { allAnswers, rolledRows } from './test-all-answers.ts';
import { APRIL, SEED, storeTwoMonths, UNKNOWN_IN_APRIL } from './test-two-months.ts';

async function retain(url: string, retentionDays?: number): Promise<void> {
  const pool = await openDatabase(url, { connectionsMax: 2 });
  try {
    await rollUpAll(pool);
    const log = { info: () => {}, warn: () => {} };
    await doChoresOnce(
      { pool, months: { known: new Set() }, retentionDays, vehicleStayDays: 0, log },
      new Date(START),
    );
  } finally {
    await pool.end();
  }
}

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await storeTwoMonths(store);
});
afterAll(() => store[Symbol.asyncDispose]());

test('the first two migrations are those of the first version', () => {
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readSqlFile(`migrations/${name}`))
      .digest('hex');
  expect([hashOf('0001-tables.sql'), hashOf('0002-roll-up.sql')]).toEqual([
    '5cfb4ad14b62031ed56b505765fe8323bc8eab2e4d156c02a0a87c1736909e63',
    '129936d189be159f6a9dd307e96a6ad540d953b5722a75ca0ea0451bd3e284e9',
  ]);
});

describe('a database of the first version', () => {
  test.each([
    ['all that is final', 'infinity'],
    ['a part', '2026-06-01 01:00'],
    ['nothing', '-infinity'],
  ])(
    'of which %s was rolled up says after the upgrade what a new one says that got the same records',
    async (_, until) => {
      console.info(`SEED=${SEED}`);
      const old = await createFirstVersionDatabase(store);
      try {
        await old.rollUp(until);
        await migrate(old.url);
        await retain(old.url);
        await retain(store.url);
        expect(await rolledRows(old.url)).toEqual(await rolledRows(store.url));
        expect(await allAnswers(old.url)).toEqual(await allAnswers(store.url));
      } finally {
        await old.drop();
      }
    },
  );

  test('whose worker is in the middle of a record and of rolling up is upgraded after it, with both', async () => {
    const old = await createFirstVersionDatabase(store);
    const [storing, rolling] = [await connect(old.url), await connect(old.url)];
    try {
      await storing.query('begin');
      expect((await storing.query(MOVE_POSITION)).rowCount).toBe(1);
      await rolling.query('begin');
      await rolling.query(old.rollUpStatement('infinity'));
      const migrated = migrate(old.url);
      await expect.poll(() => waitsForLock(old.client)).toBe(true);
      await storing.query(`insert into velolog.station_status (station_key, observed_at, flags)
        select station_key, '2026-06-14', 63 from velolog.station where station_id = 'known'`);
      await storing.query('commit');
      await rolling.query('commit');
      await migrated;
      expect(
        (
          await old.client.query(
            `select count(*)::int from velolog.station_status where observed_at = '2026-06-14'`,
          )
        ).rows,
      ).toEqual([{ count: 1 }]);
      const unknown = await old.client.query(
        `select count(*)::int from velolog.station_spell where state = 'unknown'`,
      );
      expect(unknown.rows[0].count).toBeGreaterThan(10);
    } finally {
      await Promise.all([storing.end(), rolling.end()]);
      await old.drop();
    }
  });

  test('whose worker goes on after the upgrade takes no record, rolls up nothing and drops no month, and says why', async () => {
    const old = await createFirstVersionDatabase(store);
    const worker = await connect(old.url);
    try {
      await migrate(old.url);
      const position = async () => (await old.client.query('select * from velolog.kafka_position')).rows;
      const before = await position();
      const refusal = await worker.query(MOVE_POSITION).catch((error) => error);
      expect(refusal.message).toBe(
        'a newer Velolog has upgraded this database: end this worker and start that version',
      );
      // What its records are to blame for goes to the dead letters: SQLSTATE classes 22 and 23.
      expect(refusal.code).toBe('55000');
      expect(await position()).toEqual(before);
      await expect(worker.query(old.rollUpStatement('infinity'))).rejects.toThrow(/unknown_ms/);
      // Before it drops months it looks for what is to be rolled up.
      await expect(
        worker.query(
          `select feed_key, from_at::text from api.observed_lane where date_bin('1 hour', last_observed_at, 'epoch') > rolled_to_at`,
        ),
      ).rejects.toThrow(/rolled_to_at/);
    } finally {
      await worker.end();
      await old.drop();
    }
  });

  test("keeps the hours and spells of months whose rows are gone, even before a station's first remaining row", async () => {
    console.info(`SEED=${SEED}`);
    const old = await createFirstVersionDatabase(store);
    try {
      await old.rollUp('infinity');
      await old.dropMonths(['station_status_2026_04', 'station_status_2026_05']);
      const before = await hoursOf(old.client);
      await migrate(old.url);
      await retain(old.url, 14);
      await retain(store.url, 14);
      // Nobody knows the last rows that the first version dropped, but for those of stations that are unchanged since.
      await store.ask(`delete from velolog.station_status_before as kept where not exists (
        select from velolog.station_state as state where state.station_key = kept.station_key and state.observed_at = kept.observed_at)`);
      const others = (rows: Record<string, string[]>) =>
        Object.fromEntries(
          Object.entries(rows).map(([name, lines]) => [
            name,
            lines.filter((line) => !line.includes(UNKNOWN_IN_APRIL)),
          ]),
        );
      expect(others(await rolledRows(old.url))).toEqual(others(await rolledRows(store.url)));
      expect(others(await allAnswers(old.url))).toEqual(others(await allAnswers(store.url)));
      expect(await hoursOf(old.client)).toEqual(before);
      const { rows } = await old.client.query(
        `select state, min(from_at) as from_at from api.station_spell where station_id = $1 group by state`,
        [UNKNOWN_IN_APRIL],
      );
      expect(rows).toEqual([{ state: 'ok', from_at: new Date(START + APRIL * 1000) }]);
    } finally {
      await old.drop();
    }
  });
});

/** As its movePosition did it. */
const MOVE_POSITION = `update velolog.kafka_position set next_offset = next_offset + 1
  where cluster_id = 'test' and topic = 'polls' and partition = 0 and next_offset = (select next_offset from velolog.kafka_position limit 1)`;

async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function waitsForLock(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select from pg_stat_activity where datname = current_database() and application_name = 'velolog migrate' and wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}

/** How much was observed of each station in each hour of the months that are gone, as the table has it. */
async function hoursOf(client: pg.Client): Promise<unknown[]> {
  const { rows } = await client.query(
    `select station_id, hour_at, observed_ms, arrivals, bikes_mean from velolog.station_hour join velolog.station using (station_key) where hour_at < '2026-06-01' order by 1, 2`,
  );
  return rows;
}
