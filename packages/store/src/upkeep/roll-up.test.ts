import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { noMonths } from '../tables/month-partitions.ts';
import { doChoresOnce } from './chores.ts';
import { rollUpAll } from './roll-up.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Polls of one station every 2 minutes. */
async function pollHours(
  system: string,
  from: number,
  to: number,
  bikesAt: (hour: number) => number,
  more: { imported?: boolean } = {},
) {
  const messages = [];
  for (let minute = from * 60; minute <= to * 60; minute += 2)
    messages.push(
      store.message({
        system_id: system,
        second: minute * 60,
        body: { data: { stations: [station('1', bikesAt(minute / 60), 5)] } },
        ...more,
      }),
    );
  await store.store(messages);
}

/** Does the chores of a worker with RETENTION_DAYS at the test's time. */
async function retain(retentionDays: number): Promise<{ dropped: unknown; kept: unknown }> {
  const said = { dropped: [] as unknown, kept: null as unknown };
  await doChoresOnce(
    {
      pool: store.context.pool,
      months: store.context.months,
      retentionDays,
      vehicleStayDays: 0,
      log: {
        info: (details) => void Object.assign(said, { dropped: details.dropped }),
        warn: (details) => void Object.assign(said, { kept: details.reason }),
      },
    },
    new Date(START),
  );
  return said;
}

const rolledHours = async (system: string) =>
  (
    await store.ask(
      `select hour_at, observed_ms from velolog.station_hour join velolog.system using (system_key) where system_id = $1 order by hour_at`,
      [system],
    )
  ).map((row) => `${row.hour_at} ${row.observed_ms}`);

describe('rolling up', () => {
  test('any number of workers at once make each whole hour once, and repeating it changes nothing', async () => {
    await pollHours('many', -0.5, 30.2, (hour) => Math.floor(hour) % 3);
    await Promise.all(Array.from({ length: 6 }, () => rollUpAll(store.context.pool)));
    await rollUpAll(store.context.pool);
    const hours = await rolledHours('many');
    expect(hours).toEqual(Array.from({ length: 30 }, (_, hour) => `${hour * 3600} 3600000`));
    await rollUpAll(store.context.pool);
    expect(await rolledHours('many')).toEqual(hours);
  });

  test('a step that fails leaves nothing behind, and is made up for by the next', async () => {
    await pollHours('fails', 0, 5, () => 2);
    await store.ask(
      `alter table velolog.station_hour add constraint full_disk check (system_key <> (${
        (await store.ask(`select system_key from velolog.system where system_id = 'fails'`))[0]?.system_key
      }))`,
    );
    await expect(rollUpAll(store.context.pool)).rejects.toThrow();
    const left = () =>
      store.ask(
        `select (select count(*)::int from velolog.station_spell join velolog.station using (station_key) join velolog.system using (system_key) where system_id = 'fails') as spells,
           (select count(*)::int from velolog.rolled_range join velolog.feed using (feed_key) join velolog.system using (system_key) where system_id = 'fails') as marks`,
      );
    expect(await left()).toEqual([{ spells: 0, marks: 0 }]);
    await store.ask('alter table velolog.station_hour drop constraint full_disk');
    await rollUpAll(store.context.pool);
    expect(await rolledHours('fails')).toHaveLength(5);
    expect(await left()).toEqual([{ spells: 1, marks: 1 }]);
  });

  test('before retention drops a month its spells and hours are rolled up, and they stay', async () => {
    const ago = -60 * 24;
    await pollHours('old', ago, ago + 3, (hour) => (hour < ago + 1 ? 0 : 2));
    await pollHours('old', 0, 1, () => 2);
    const spells = () =>
      store.ask(
        `select from_at, to_at, state from api.station_spell where system_id = 'old' and to_at < '2026-06-15' order by from_at`,
      );
    const hours = () =>
      store.ask(
        `select hour_at, empty_share from api.station_hour_between('2026-04-01', '2026-05-01', 'old') order by hour_at`,
      );
    const before = { spells: await spells(), hours: await hours() };
    expect(before.hours.slice(0, 2)).toMatchObject([{ empty_share: 1 }, { empty_share: 0 }]);
    await doChoresOnce(
      {
        pool: store.context.pool,
        months: noMonths(),
        retentionDays: 30,
        vehicleStayDays: 0,
        log: { info: () => {}, warn: () => {} },
      },
      new Date(START),
    );
    expect(
      await store.ask(`select count(*)::int from velolog.station_status where observed_at < '2026-05-01'`),
    ).toEqual([{ count: 0 }]);
    expect({ spells: await spells(), hours: await hours() }).toEqual(before);
  });

  test('a month stays until every lane in it is rolled up, also when another worker is at it', async () => {
    const ago = -90 * 24;
    await pollHours('waits', ago, ago + 5, () => 2);
    await store.ask(
      `insert into velolog.rolled_range (feed_key, from_at, to_at)
       select feed_key, from_at, from_at from velolog.observed_range join velolog.feed using (feed_key) join velolog.system using (system_key)
       where system_id = 'waits'`,
    );
    const other = new pg.Client({ connectionString: store.url });
    await other.connect();
    await other.query('begin');
    await other.query(
      `select from velolog.rolled_range join velolog.feed using (feed_key) join velolog.system using (system_key)
       where system_id = 'waits' for update of rolled_range`,
    );
    const rows = async () =>
      (
        await store.ask(
          `select count(*)::int as rows from velolog.station_status where observed_at < '2026-04-01'`,
        )
      )[0]?.rows;
    const before = await rows();
    expect(await retain(60)).toEqual({ dropped: [], kept: 'not rolled up' });
    expect(await rows()).toBe(before);
    await other.query('rollback');
    await other.end();
    expect(await retain(60)).toEqual({ dropped: ['station_status_2026_03'], kept: null });
    expect(await rows()).toBe(0);
    expect(await rolledHours('waits')).toHaveLength(5);
  });

  test('a month stays until its changes are in velolog.changes', async () => {
    const ago = -120 * 24;
    await pollHours('told', ago, ago + 5, (hour) => Math.floor(hour) % 3);
    await store.ask(
      `insert into velolog.published_change (system_key, published_to)
       select system_key, to_at - interval '1 hour' from velolog.observed_range join velolog.feed using (feed_key) join velolog.system using (system_key)
       where system_id = 'told'`,
    );
    expect(await retain(100)).toEqual({ dropped: [], kept: 'changes not published' });
    await store.ask(`update velolog.published_change set published_to = published_to + interval '1 hour'`);
    expect(await retain(100)).toEqual({ dropped: ['station_status_2026_02'], kept: null });
    await store.ask('delete from velolog.published_change');
  });

  test('hours, spells and service levels stay when the rows are dropped, also for archives that begin, end and meet within an hour', async () => {
    const ago = -200 * 24;
    const bikesAt = (hour: number) => Math.floor(hour * 7) % 3;
    await pollHours('edges', 0, 1, () => 2);
    // Latest first, so that each is a lane of its own; the last goes over the end of a month, unchanged from before it for days.
    for (const [from, to] of [
      [ago + 2 * 24 + 0.5, ago + 7 * 24 + 0.5],
      [ago + 4.6, ago + 5.7],
      [ago + 0.3, ago + 4.4],
    ] as const) {
      const bikes = (hour: number) => (hour > ago + 6 * 24 ? 4 : hour > ago + 3 * 24 ? 3 : bikesAt(hour));
      await pollHours('edges', from, to, bikes, { imported: true });
    }
    const told = async () => ({
      spells: await store.ask(`select * from api.station_spell where system_id = 'edges' order by from_at`),
      between: await store.ask(
        `select * from api.outage_episode_between('2025-01-01', '2026-06-01', 'edges') order by from_at`,
      ),
      hours: await store.ask(`select * from api.station_hour where system_id = 'edges' order by hour_at`),
      compliance: await store.ask(
        `select *, day::text as local_day from api.sla_compliance_between('2025-01-01', '2026-12-01', 'edges', 0, 24) where minutes_observed > 0 order by local_day`,
      ),
      flow: await store.ask(
        `select *, day::text as local_day from api.flow_balance where system_id = 'edges' order by local_day`,
      ),
    });
    await rollUpAll(store.context.pool);
    const before = await told();
    expect(await store.ask(`select from_at from api.observed_lane where system_id = 'edges'`)).toHaveLength(
      4,
    );
    expect(before.hours.length).toBeGreaterThan(100);
    expect((await retain(186)).dropped).toEqual(['station_status_2025_11']);
    expect(await told()).toEqual(before);
    expect((await retain(160)).dropped).toEqual(['station_status_2025_12']);
    expect(await told()).toEqual(before);
    // History that makes the last archive longer is rolled up after what was sealed.
    await pollHours('edges', ago + 7 * 24 + 0.6, ago + 7 * 24 + 3.2, () => 1, { imported: true });
    const grown = await told();
    await rollUpAll(store.context.pool);
    expect(await told()).toEqual(grown);
    expect((await retain(160)).dropped).toEqual(['station_status_2025_12']);
    expect(await told()).toEqual(grown);
    expect(new Set(grown.hours.map((row) => row.hour_at)).size).toBe(grown.hours.length);
    expect(grown.hours.length).toBe(before.hours.length + 3);
  });

  test('a month that another worker dropped is made again at the next attempt', async () => {
    const message = store.message({
      system_id: 'dropped elsewhere',
      second: -130 * 86_400,
      imported: true,
      body: { data: { stations: [station('1', 1, 1)] } },
    });
    store.context.months.known.add('station_status/2026-02');
    await expect(store.store([message])).rejects.toThrow();
    store.state.expected = BigInt(message.offset);
    await store.store([message]);
    expect(
      await store.ask(`select state from api.station_current where system_id = 'dropped elsewhere'`),
    ).toHaveLength(1);
  });

  test('a spell of a station whose rows are gone ends where it was last rolled up', async () => {
    await pollHours('gone', 0, 2.2, () => 0);
    await rollUpAll(store.context.pool);
    await store.ask(
      `with gone as (delete from velolog.station_state using velolog.station join velolog.system using (system_key)
         where station.station_key = station_state.station_key and system_id = 'gone')
       delete from velolog.station_status using velolog.station join velolog.system using (system_key)
       where station.station_key = station_status.station_key and system_id = 'gone'`,
    );
    await pollHours('gone', 2.3, 4.2, () => 0);
    await rollUpAll(store.context.pool);
    expect(
      await store.ask(`select from_at, to_at, end_observed from api.station_spell where system_id = 'gone'`),
    ).toEqual([{ from_at: 0, to_at: 7200, end_observed: false }]);
  });
});
