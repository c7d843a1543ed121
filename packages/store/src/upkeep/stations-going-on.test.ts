import { expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { doChoresOnce } from './chores.ts';

const HOUR = 3600;
const APRIL = -60 * 24;
const MAY = APRIL + 31 * 24;

/** Does the chores of a worker with RETENTION_DAYS=30, `hours` after the test's time. */
async function retain(store: TestStore, hours: number): Promise<void> {
  const log = { info: () => {}, warn: () => {} };
  await doChoresOnce(
    { pool: store.context.pool, months: store.context.months, retentionDays: 30, log },
    new Date(START + hours * HOUR * 1000),
  );
}

const typed = (station_id: string, bikes: number, ebikes: number) => ({
  ...station(station_id, bikes, 5),
  num_ebikes_available: ebikes,
});

/** What readers learn of the hours around the test's time. */
async function told(store: TestStore, system: string) {
  const window = `'2026-06-15 06:00Z', '2026-06-15 14:00Z', '${system}'`;
  return {
    changes: await store.ask(`select * from api.station_change_between(${window}) order by 1, 2, 6`),
    inView: await store.ask(
      `select * from api.station_change where system_id = '${system}' order by 1, 2, 6`,
    ),
    totals: await store.ask(`select * from api.system_count_between(${window}, 3600) order by at`),
    ebikes: await store.ask(`select * from api.ebike_count_between(${window}, 3600) order by at`),
    at: await store.ask(`select * from api.station_at('2026-06-15 13:00Z', '${system}') order by station_id`),
    now: await store.ask(
      `select station_id, state, num_ebikes_available from api.station_current where system_id = '${system}' order by 1`,
    ),
    spells: await store.ask(
      `select * from api.station_spell_between(${window}) order by station_id, from_at`,
    ),
    hours: await store.ask(`select * from api.station_hour_between(${window}) order by station_id, hour_at`),
  };
}

/** What readers learn with retention between two stretches of polls, and without, with the worker's memory and after a restart. */
async function toldWith(record: (store: TestStore, pause: () => Promise<void>) => Promise<void>) {
  const answers = [];
  for (const { retention, restart } of [
    { retention: false, restart: false },
    { retention: true, restart: false },
    { retention: true, restart: true },
  ]) {
    await using store = await openTestStore();
    await record(store, async () => {
      if (retention) await retain(store, -1);
      if (restart) store.restart();
    });
    answers.push(await told(store, 'city'));
  }
  return answers;
}

test('a feed that was silent for longer than retention goes on where it was', async () => {
  const [without, ...withRetention] = await toldWith(async (store, pause) => {
    await store.pollEvery(600, 'city', [APRIL * HOUR, (APRIL + 5) * HOUR], (second) => [
      typed('still', 3, 2),
      typed('busy', Math.abs(second / 600) % 3, 1),
    ]);
    await pause();
    await store.pollEvery(600, 'city', [0, 3 * HOUR], (second) => [
      typed('still', second < 2 * HOUR ? 3 : 4, 2),
      typed('busy', (second / 600) % 3, 1),
    ]);
  });
  expect(without?.totals.at(-1)).toMatchObject({ stations: '2' });
  expect(without?.ebikes.at(-1)).toMatchObject({ num_ebikes_available: '3' });
  for (const answers of withRetention) expect({ ...answers, inView: [] }).toEqual({ ...without, inView: [] });
  const changesOf = (station_id: string, rows: Record<string, unknown>[] = []) =>
    rows.filter((row) => row.station_id === station_id);
  for (const { inView } of withRetention)
    expect(changesOf('still', inView)).toEqual(changesOf('still', without?.inView));
});

test('imported history that goes on after its months were dropped tells which stations and types its list lacks', async () => {
  const [without, ...withRetention] = await toldWith(async (store, pause) => {
    await store.poll('city', 20 * 24 * HOUR, [typed('still', 1, 1)]);
    const types = (count: number) => ({
      vehicle_types_available: count === 0 ? [] : [{ vehicle_type_id: 'e', count }],
    });
    await store.record({
      system_id: 'city',
      feed: 'vehicle_types',
      second: 20 * 24 * HOUR,
      body: {
        data: {
          vehicle_types: [
            { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric_assist' },
          ],
        },
      },
    });
    const before = [
      { ...station('still', 3, 5), ...types(2) },
      { ...station('gone', 4, 5), ...types(1) },
    ];
    for (const hour of [APRIL, APRIL + 1, -3, -2])
      await store.poll('city', hour * HOUR, before, { imported: true });
    await pause();
    for (const hour of [0, 1, 2])
      await store.poll('city', hour * HOUR, [{ ...station('still', 3, 5), ...types(0) }], { imported: true });
  });
  expect(without?.at).toMatchObject([
    { station_id: 'gone', state: 'absent' },
    { station_id: 'still', num_bikes_available: 3, num_ebikes_available: 0 },
  ]);
  for (const answers of withRetention) expect(answers).toEqual(without);
});

test('what an earlier month left of history says nothing of a later month that is dropped, too', async () => {
  await using store = await openTestStore();
  await store.poll('city', 0, [typed('1', 1, 1)]);
  for (const [hour, bikes] of [
    [APRIL, 3],
    [MAY, 7],
    [MAY + 1, 7],
  ] as const)
    await store.poll('city', hour * HOUR, [typed('1', bikes, bikes)], { imported: true });
  const known = async () =>
    (
      await store.ask(
        `select num_bikes_available, num_ebikes_available from api.station_at(to_timestamp(${START / 1000 + (MAY + 1) * HOUR}), 'city')`,
      )
    )[0];
  await retain(store, 0);
  expect(await known()).toEqual({ num_bikes_available: 7, num_ebikes_available: 7 });
  await retain(store, 16 * 24);
  expect(await known()).toEqual({ num_bikes_available: null, num_ebikes_available: null });
  for (const table of ['station_status_before', 'station_type_status_before'])
    expect(await store.ask(`select from velolog.${table}`), table).toEqual([]);
});

test('of a dropped month there are no totals until the last row that is kept: they would be those of a few stations', async () => {
  await using store = await openTestStore();
  for (const from of [APRIL, 0])
    await store.pollEvery(600, 'city', [from * HOUR, (from + 2) * HOUR], (second) => [
      typed('still', 3, 1),
      typed('busy', second < (from + 1) * HOUR ? 10 : 20, second < (from + 1) * HOUR ? 5 : 6),
    ]);
  const window = `'2026-04-16 12:00Z', '2026-04-16 14:00Z', 'city', 3600`;
  const totals = async () =>
    (
      await store.ask(`
        select stations::int, total.num_bikes_available::int as bikes, num_ebikes_available::int as ebikes, stations_telling::int as telling
        from api.system_count_between(${window}) as total join api.ebike_count_between(${window}) using (at) order by at`)
    ).map((row) => Object.values(row));
  expect(await totals()).toEqual([
    [2, 13, 6, 2],
    [2, 23, 7, 2],
    [2, 23, 7, 2],
  ]);
  await retain(store, 3);
  expect(await totals()).toEqual([
    [null, null, null, null],
    [2, 23, 7, 2],
    [2, 23, 7, 2],
  ]);
});

test('nor are there any of a history whose rows are all gone', async () => {
  await using store = await openTestStore();
  await store.poll('city', 0, [station('1', 1, 1)]);
  for (const hour of [APRIL, APRIL + 1])
    await store.poll('city', hour * HOUR, [station('1', 3, 1)], { imported: true });
  const totals = () =>
    store.ask(
      `select stations::int, num_bikes_available::int as bikes from api.system_count_between('2026-04-16 12:00Z', '2026-04-16 12:00Z', 'city', 60)`,
    );
  expect(await totals()).toEqual([{ stations: 1, bikes: 3 }]);
  await retain(store, 1);
  expect(await totals()).toEqual([{ stations: null, bikes: null }]);
});
