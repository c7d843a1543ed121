import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { random } from '../../../../test/history/random.ts';
import { createFirstVersionDatabase } from '../../../../test/released/first-version.ts';
import {
  type GivenStation,
  openTestStore,
  START,
  type TestStore,
} from '../../../../test/workers/test-store.ts';
import { openDatabase } from '../tables/database.ts';
import { doChoresOnce } from '../upkeep/chores.ts';
import { rollUpAll } from '../upkeep/roll-up.ts';
import { migrate } from './migrate.ts';
import { readSqlFile } from './sql-files.ts';

const HOUR = 3600;
const secondOf = (time: string) => (Date.parse(`${time}:00Z`) - START) / 1000;
const APRIL = secondOf('2026-04-20T00:00');
const MAY_TO_JUNE = secondOf('2026-05-31T20:00');
const JUNE_1 = secondOf('2026-06-01T00:00');
const UNKNOWN_IN_APRIL = 'unknown-in-april';
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

/** The records of two months: what the first version had stored. Stations by what is particular about them. */
async function feed(store: TestStore): Promise<void> {
  const next = random(SEED);
  let flapping: GivenStation[] = [];
  const stationsAt = (second: number): GivenStation[] => {
    if (second % 1200 === 0)
      flapping = Array.from({ length: 8 }, (_, index) => {
        const kind = next();
        if (kind < 0.4) return station(`flaps-${index}`);
        return station(
          `flaps-${index}`,
          Math.floor(next() * 3),
          kind < 0.7 ? undefined : Math.floor(next() * 2),
        );
      }).filter(() => next() < 0.9);
    const june = second - JUNE_1;
    return [
      station('never-known'),
      ...[second < MAY_TO_JUNE ? station(UNKNOWN_IN_APRIL) : station(UNKNOWN_IN_APRIL, 6, 6)],
      station('known', second < APRIL + HOUR ? 0 : 5, 5),
      ...[june >= 1.2 * HOUR ? station('known-until-june') : station('known-until-june', 3, 3)],
      ...[
        june >= 0.4 * HOUR && june < 1.5 * HOUR
          ? station('unknown-for-a-while')
          : station('unknown-for-a-while', 2, 2),
      ],
      ...(june >= 0.5 * HOUR && june < 0.9 * HOUR
        ? []
        : [june >= 0 ? station('absent-while-unknown') : station('absent-while-unknown', 1, 1)]),
      // Of these the rows that are left say nothing of the state before.
      ...(second >= JUNE_1 ? flapping : flapping.map(({ station_id }) => station(station_id, 4, 4))),
    ];
  };
  await store.record({
    system_id: 'town',
    feed: 'gbfs',
    second: APRIL,
    body: { data: { en: { feeds: [] } } },
  });
  for (const [from, to] of [
    [APRIL, APRIL + 6 * HOUR],
    [MAY_TO_JUNE, JUNE_1 + 1800],
    [JUNE_1 + 3000, JUNE_1 + 4.6 * HOUR],
  ] as const)
    await store.pollEvery(600, 'town', [from, to], stationsAt);
  await store.record({
    system_id: 'town',
    feed: 'gbfs',
    second: JUNE_1 + 4 * HOUR,
    body: { data: { en: { feeds: [] } } },
  });
  const museum = [];
  for (let second = secondOf('2026-06-03T10:07'); second <= secondOf('2026-06-03T13:40'); second += 300)
    museum.push(
      store.message({
        system_id: 'museum',
        second,
        imported: true,
        body: {
          data: { stations: [second % 7200 < 3600 ? station('m') : station('m', 0, 4), station('n')] },
        },
      }),
    );
  await store.store(museum);
}

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

const BETWEEN = `'2026-04-01', '2026-07-01'`;
const CALLS = [
  `station_change_between(${BETWEEN})`,
  `station_change_since('town', '2026-06-01')`,
  `station_counts_between('2026-06-01', '2026-07-01', 'town')`,
  `station_report_between('2026-06-01', '2026-07-01', 'town', 'unknown-for-a-while')`,
  `station_step_between('2026-06-01', '2026-07-01', 'town', 'unknown-for-a-while')`,
  `system_count_between('2026-06-01', '2026-06-02', 'town', 600)`,
  `station_spell_between(${BETWEEN})`,
  `outage_episode_between(${BETWEEN})`,
  `station_hour_between(${BETWEEN})`,
  `sla_compliance_between(${BETWEEN}, null, 0, 24)`,
  `flow_balance_between(${BETWEEN})`,
  `profile_weekly_of('town', 'unknown-for-a-while')`,
  `station_current_since('town', '2026-04-01')`,
  `station_at('2026-04-20 03:00', 'town')`,
  `station_at('2026-06-01 01:10')`,
];

/** What every view and function of readers says, as text rows by name. Ages differ with the time of the question. */
async function allAnswers(url: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select viewname as name from pg_views where schemaname = 'api' order by 1`,
    );
    const answers: Record<string, string[]> = {};
    for (const name of [...rows.map((row) => row.name), ...CALLS]) {
      const { rows: lines } = await client.query<{ line: string }>(
        `select (to_jsonb(answer) - array['age_seconds', 'feed_key', 'system_key', 'station_key', 'overdue'])::text as line from api.${name} as answer order by 1`,
      );
      answers[name] = lines
        .map(({ line }) =>
          line.replaceAll(/\d+\.\d+(e-\d+)?/g, (number) =>
            Number(number)
              .toFixed(6)
              .replace(/\.?0+$/, ''),
          ),
        )
        .sort();
    }
    return answers;
  } finally {
    await client.end();
  }
}

const ROLLED = {
  station_spell: `select station_id, spell.from_at, spell.to_at, state, start_observed, end_observed from velolog.station_spell as spell join velolog.station using (station_key)`,
  station_hour: `select station_id, to_jsonb(hour) - array['station_key', 'system_key'] from velolog.station_hour as hour join velolog.station using (station_key)`,
  rolled_range: `select system_id, rolled.from_at, rolled.to_at from velolog.rolled_range as rolled join velolog.feed using (feed_key) join velolog.system using (system_key)`,
  station_state: `select station_id, to_jsonb(state) - 'station_key' from velolog.station_state as state join velolog.station using (station_key)`,
  feed: `select system_id, to_jsonb(of_feed) - array['feed_key', 'system_key'] from velolog.feed as of_feed join velolog.system using (system_key)`,
};

async function rolledRows(url: string): Promise<Record<string, string[]>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const tables: Record<string, string[]> = {};
    for (const [table, query] of Object.entries(ROLLED)) {
      const { rows } = await client.query<{ line: string }>(
        `select row(named.*)::text as line from (${query}) as named order by 1`,
      );
      tables[table] = rows.map(({ line }) => line);
    }
    return tables;
  } finally {
    await client.end();
  }
}

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
  await feed(store);
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

  test('with months whose rows are gone keeps what was said of them, also before the first row that is left of a station', async () => {
    console.info(`SEED=${SEED}`);
    const old = await createFirstVersionDatabase(store);
    try {
      await old.rollUp('infinity');
      await old.dropMonths(['station_status_2026_04', 'station_status_2026_05']);
      const before = await hoursOf(old.client);
      await migrate(old.url);
      await retain(old.url, 14);
      await retain(store.url, 14);
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
