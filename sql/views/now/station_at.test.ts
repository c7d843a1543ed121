import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { at, openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const stationAt = (system: string, second: number) =>
  store.ask('select * from api.station_at($1, $2) order by station_id', [at(second), system]);

/** `state since bikes seen`, by station. */
const told = async (system: string, second: number) =>
  (await stationAt(system, second)).map(
    (row) =>
      `${row.station_id}: ${row.state} since ${row.state_since}, ${row.num_bikes_available} bikes, seen ${row.observed_at}`,
  );

/** Asks before anything was rolled up, and after: the answers must be the same. */
async function toldEitherWay(system: string, seconds: number[]): Promise<string[][]> {
  const ask = async () => {
    const answers = [];
    for (const second of seconds) answers.push(await told(system, second));
    return answers;
  };
  const direct = await ask();
  await rollUpAll(store.context.pool);
  expect(await ask()).toEqual(direct);
  return direct;
}

const pollTwoStations = (system: string) =>
  store.pollEvery(60, system, [0, 9000], (second) => [
    station('1', second < 600 ? 3 : second < 8000 ? 0 : 2, 5),
    station('2', second < 7260 ? (Math.floor(second / 300) % 4) + 1 : 9, 5),
  ]);

describe('station_at', () => {
  test('gives state, beginning and values at a time between two polls', async () => {
    await pollTwoStations('city');
    expect(await toldEitherWay('city', [-1, 0, 599, 600, 4000, 7259, 8030, 9000])).toEqual([
      [],
      ['1: ok since 0, 3 bikes, seen 0', '2: ok since 0, 1 bikes, seen 0'],
      ['1: ok since 0, 3 bikes, seen 599', '2: ok since 0, 2 bikes, seen 599'],
      ['1: empty since 600, 0 bikes, seen 600', '2: ok since 0, 3 bikes, seen 600'],
      ['1: empty since 600, 0 bikes, seen 4000', '2: ok since 0, 2 bikes, seen 4000'],
      ['1: empty since 600, 0 bikes, seen 7259', '2: ok since 0, 1 bikes, seen 7259'],
      ['1: empty since 600, 0 bikes, seen 8030', '2: ok since 0, 9 bikes, seen 8030'],
      ['1: ok since 8040, 2 bikes, seen 9000', '2: ok since 0, 9 bikes, seen 9000'],
    ]);
  });

  test('gives no values for an unobserved time, only the last observation before it', async () => {
    await store.pollEvery(60, 'gap', [0, 600], () => [station('1', 3, 5)]);
    await store.record({ system_id: 'gap', second: 660, outcome: 'failed', error: 'http_503' });
    await store.pollEvery(60, 'gap', [9000, 16_200], () => [station('1', 3, 5)]);
    expect(await toldEitherWay('gap', [600, 601, 660, 8999, 9000, 12_000, 16_201])).toEqual([
      ['1: ok since 0, 3 bikes, seen 600'],
      ['1: null since null, null bikes, seen 600'],
      ['1: null since null, null bikes, seen 600'],
      ['1: null since null, null bikes, seen 600'],
      ['1: ok since 0, 3 bikes, seen 9000'],
      ['1: ok since 0, 3 bikes, seen 12000'],
      ['1: null since null, null bikes, seen 16200'],
    ]);
    expect(await stationAt('gap', 5000)).toMatchObject([
      { num_docks_available: null, is_renting: null, age_seconds: 4400, name: null, first_observed_at: 0 },
    ]);
  });

  test('knows absent and unknown stations, and those that came back as they went', async () => {
    await store.pollEvery(60, 'states', [0, 8000], (second) => [
      ...(second >= 600 && second < 1200 ? [] : [station('1', 3, 5)]),
      station('2', second < 900 ? 4 : undefined, undefined),
      ...(second < 300 ? [] : [station('3', 0, 5)]),
    ]);
    expect(await toldEitherWay('states', [299, 300, 700, 1200, 7980])).toEqual([
      ['1: ok since 0, 3 bikes, seen 299', '2: ok since 0, 4 bikes, seen 299'],
      [
        '1: ok since 0, 3 bikes, seen 300',
        '2: ok since 0, 4 bikes, seen 300',
        '3: empty since 300, 0 bikes, seen 300',
      ],
      [
        '1: absent since 600, 3 bikes, seen 540',
        '2: ok since 0, 4 bikes, seen 700',
        '3: empty since 300, 0 bikes, seen 700',
      ],
      [
        '1: ok since 1200, 3 bikes, seen 1200',
        '2: unknown since 900, null bikes, seen 1200',
        '3: empty since 300, 0 bikes, seen 1200',
      ],
      [
        '1: ok since 1200, 3 bikes, seen 7980',
        '2: unknown since 900, null bikes, seen 7980',
        '3: empty since 300, 0 bikes, seen 7980',
      ],
    ]);
  });

  test('with a number of stations of each system it gives so many of those with a place, the same each time, and with their own state', async () => {
    await store.pollEvery(60, 'thin', [0, 600], () =>
      Array.from({ length: 9 }, (_, index) => station(`${index}`, index, 5)),
    );
    await store.ask(`update velolog.station set lat = 59.9, lon = 10.7 where station_id <> '4'
      and system_key = (select system_key from velolog.system where system_id = 'thin')`);
    const all = await stationAt('thin', 300);
    const thinned = (ofEach: number) =>
      store.ask('select * from api.station_at($1, $2, $3) order by station_id', [at(300), 'thin', ofEach]);
    expect(all).toHaveLength(9);
    for (const ofEach of [0, 1, 3, 8, 20]) {
      const few = await thinned(ofEach);
      expect(few).toHaveLength(Math.min(ofEach, 8));
      expect(few).toEqual(await thinned(ofEach));
      expect(all).toEqual(expect.arrayContaining(few));
      expect(few.map((row) => (row as { station_id: string }).station_id)).not.toContain('4');
    }
  });

  test('an archive shows its own stations for its own time, and nothing as observed after its end', async () => {
    await store.pollEvery(60, 'archive', [100_000, 104_000], () => [station('new', 1, 1)]);
    const old = [];
    for (let second = 0; second <= 8000; second += 60)
      old.push(
        store.message({
          system_id: 'archive',
          second,
          imported: true,
          body: { data: { stations: [station('old', second < 4000 ? 0 : 5, 5)] } },
        }),
      );
    await store.store(old);
    expect(await toldEitherWay('archive', [3000, 7000, 50_000, 103_000])).toEqual([
      ['old: empty since 0, 0 bikes, seen 3000'],
      ['old: ok since 4020, 5 bikes, seen 7000'],
      ['old: null since null, null bikes, seen 7980'],
      ['new: ok since 100000, 1 bikes, seen 103000'],
    ]);
  });

  test('now is station_current, of all systems as well', async () => {
    const last = Math.floor((Date.now() - START) / 1000) - 5;
    for (const [index, bikes] of [3, 0, 0, 4].entries())
      await store.poll('present', last - 180 + index * 60, [
        station('1', bikes, 5),
        station('2', bikes + 1),
        ...(index < 2 ? [station('3', 1, 1)] : []),
      ]);
    // In one statement, so that the age is the same in both.
    const rows = await store.ask(
      `select false as is_current, told.* from api.station_at(now()) as told where system_id = 'present'
       union all select true, told.* from api.station_current as told where system_id = 'present' order by station_id`,
    );
    const told = (isCurrent: boolean) =>
      rows.filter(({ is_current }) => is_current === isCurrent).map(({ is_current, ...row }) => row);
    const [now, current] = [told(false), told(true)];
    expect(current).toMatchObject([{ state: 'ok', state_since: last }, { state: 'ok' }, { state: 'absent' }]);
    expect(now).toEqual(current);
  });

  test('reads the last count of each vehicle type, not all that the station ever had', async () => {
    const STATIONS = 60;
    const END = 3 * 3600;
    await store.record({
      system_id: 'typed',
      feed: 'vehicle_types',
      second: 0,
      body: {
        data: {
          vehicle_types: [
            { vehicle_type_id: 'e', form_factor: 'bicycle', propulsion_type: 'electric' },
            { vehicle_type_id: 'm', form_factor: 'bicycle', propulsion_type: 'human' },
          ],
        },
      },
    });
    const ebikesAt = (second: number) => (second / 60) % 3;
    await store.pollEvery(60, 'typed', [0, END], (second) =>
      Array.from({ length: STATIONS }, (_, index) => ({
        ...station(`${index}`, 5, 5),
        vehicle_types_available: [
          { vehicle_type_id: 'e', count: ebikesAt(second) },
          { vehicle_type_id: 'm', count: (second / 60) % 2 },
        ],
      })),
    );
    await store.ask('analyze');
    const pages = async (second: number) => {
      const query = `select * from api.station_at('${at(second).toISOString()}', 'typed')`;
      // The first question of a session reads the catalogue, too.
      await store.ask(query);
      const [row] = await store.ask(`explain (analyze, buffers, format json) ${query}`);
      return JSON.parse(JSON.stringify(Object.values(row ?? {})[0]))[0].Plan['Shared Hit Blocks'] / STATIONS;
    };
    expect((await stationAt('typed', END - 60))[0]?.num_ebikes_available).toBe(ebikesAt(END - 60));
    expect((await pages(END - 60)) - (await pages(600))).toBeLessThan(20);
  });

  test('where retention has dropped the rows the state is still known, and the numbers are not', async () => {
    await pollTwoStations('dropped');
    await rollUpAll(store.context.pool);
    await store.ask(
      `delete from velolog.station_status using velolog.station join velolog.system using (system_key)
      where station.station_key = station_status.station_key and system_id = 'dropped' and observed_at < $1`,
      [at(7000)],
    );
    expect(await told('dropped', 4000)).toEqual([
      '1: empty since 600, null bikes, seen 4000',
      '2: ok since 0, null bikes, seen 4000',
    ]);
  });
});
