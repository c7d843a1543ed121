import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../../test/test-store.ts';
import { doChoresOnce } from './chores.ts';
import { noMonths } from './month-partitions.ts';
import { rollUpAll } from './roll-up.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

/** Polls of one station every 2 minutes. */
async function pollHours(system: string, from: number, to: number, bikesAt: (hour: number) => number) {
  const messages = [];
  for (let minute = from * 60; minute <= to * 60; minute += 2)
    messages.push(
      store.message({
        system_id: system,
        second: minute * 60,
        body: { data: { stations: [station('1', bikesAt(minute / 60), 5)] } },
      }),
    );
  await store.store(messages);
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
        log: { info: () => {}, warn: () => {} },
      },
      new Date(START),
    );
    expect(
      await store.ask(`select count(*)::int from velolog.station_status where observed_at < '2026-05-01'`),
    ).toEqual([{ count: 0 }]);
    expect({ spells: await spells(), hours: await hours() }).toEqual(before);
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
