import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const bikes = (count: number) => [
  { station_id: '1', num_bikes_available: count, num_docks_available: 10 - count },
];
const rows = (system: string) =>
  store.ask(
    `select observed_at, num_bikes_available as bikes from velolog.station_status join velolog.station using (station_key)
     join velolog.system using (system_key) where system_id = $1 order by observed_at`,
    [system],
  );

describe('a live record', () => {
  test('older than the newest of its feed goes to the dead letters and changes nothing', async () => {
    await store.poll('late', 0, bikes(5));
    await store.poll('late', 60, bikes(6));
    const before = store.letters.length;
    await store.poll('late', 30, bikes(1));
    expect(store.letters.slice(before)).toMatchObject([{ reason: 'stale' }]);
    expect(await rows('late')).toEqual([
      { observed_at: 0, bikes: 5 },
      { observed_at: 60, bikes: 6 },
    ]);
  });

  test('that is also unreadable is counted once, beside the stored ones', async () => {
    await store.poll('late junk', 60, bikes(5));
    const counted = async () => {
      const { values } = await store.context.metrics.records_total.get();
      return Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
    };
    const before = await counted();
    await store.store([
      store.message({ system_id: 'late junk', second: 30, body: '{' }),
      store.message({ system_id: 'late junk', second: 90, body: { data: { stations: bikes(6) } } }),
    ]);
    const after = await counted();
    const difference = (result: string) => (after[result] ?? 0) - (before[result] ?? 0);
    expect(['stored', 'undecodable', 'stale'].map(difference)).toEqual([1, 1, 0]);
  });

  test('from the future is refused, so that it cannot make all later ones stale', async () => {
    const message = store.message({
      system_id: 'future',
      second: 86_400,
      body: { data: { stations: bikes(1) } },
    });
    await store.store([{ ...message, timestamp: String(Date.UTC(2026, 5, 15, 12)) }]);
    expect(store.letters.at(-1)).toMatchObject({ reason: 'fetched_in_future' });
    await store.poll('future', 10, bikes(2));
    expect(await rows('future')).toEqual([{ observed_at: 10, bikes: 2 }]);
  });
});

describe('imported history', () => {
  const history = { imported: true };

  test('comes before the first observation, without a row for unchanged values', async () => {
    await store.poll('before', 1000, bikes(5));
    for (const [second, count] of [
      [0, 3],
      [30, 3],
      [60, 4],
    ] as const)
      await store.poll('before', second, bikes(count), history);
    expect(await rows('before')).toEqual([
      { observed_at: 0, bikes: 3 },
      { observed_at: 60, bikes: 4 },
      { observed_at: 1000, bikes: 5 },
    ]);
    expect(
      await store.ask(
        `select prev_observed_at, observed_at, gap_seconds from api.station_change where system_id = 'before' order by 2`,
      ),
    ).toEqual([
      { prev_observed_at: 0, observed_at: 60, gap_seconds: 0 },
      { prev_observed_at: 60, observed_at: 1000, gap_seconds: 940 },
    ]);
  });

  test('goes on where a killed import ended, also after a restart of the worker', async () => {
    await store.poll('resumed', 1000, bikes(5));
    await store.poll('resumed', 0, bikes(3), history);
    await store.poll('resumed', 30, bikes(3), history);
    store.restart();
    await store.poll('resumed', 60, bikes(3), history);
    await store.poll('resumed', 90, bikes(4), history);
    expect(await rows('resumed')).toEqual([
      { observed_at: 0, bikes: 3 },
      { observed_at: 90, bikes: 4 },
      { observed_at: 1000, bikes: 5 },
    ]);
    expect(
      await store.ask(`select from_at, to_at from velolog.observed_range join velolog.feed using (feed_key)
      join velolog.system using (system_key) where system_id = 'resumed' order by 1`),
    ).toEqual([
      { from_at: 0, to_at: 90 },
      { from_at: 1000, to_at: 1000 },
    ]);
  });

  test('continues from the observations of its own stretch, whatever was imported before it', async () => {
    const station = (station_id: string, num_bikes_available: number) => ({
      station_id,
      num_bikes_available,
    });
    const both = [station('1', 3), station('only in the oldest', 4)];
    await store.poll('in any order', 100_000, [station('1', 5)]);
    await store.poll('in any order', 20_000, [station('1', 2)], history);
    await store.poll('in any order', 0, both, history);
    await store.poll('in any order', 30_000, [station('1', 2)], history);
    await store.poll('in any order', 40_000, both, history);
    expect(
      await store.ask(
        `select station_id, observed_at from velolog.station_status join velolog.station using (station_key)
         join velolog.system using (system_key) where system_id = 'in any order' order by 2, 1`,
      ),
    ).toEqual([
      { station_id: '1', observed_at: 0 },
      { station_id: 'only in the oldest', observed_at: 0 },
      { station_id: '1', observed_at: 20_000 },
      { station_id: '1', observed_at: 40_000 },
      { station_id: 'only in the oldest', observed_at: 40_000 },
      { station_id: '1', observed_at: 100_000 },
    ]);
    expect(
      await store.ask(
        `select station_id, last_observed_at, (select count(*)::int from velolog.station_absence join velolog.station using (station_key)
           join velolog.system using (system_key) where system_id = 'in any order') as absences
         from api.station where system_id = 'in any order' order by 1`,
      ),
    ).toEqual([
      { station_id: '1', last_observed_at: 100_000, absences: 0 },
      { station_id: 'only in the oldest', last_observed_at: 40_000, absences: 0 },
    ]);
  });

  test('of which nothing can be read leaves no trace but its dead letters, and can be mended and imported again', async () => {
    const dead = store.letters.length;
    for (const second of [0, 30]) await store.record({ system_id: 'mended', second, body: '{', ...history });
    expect(store.letters.slice(dead).map(({ reason }) => reason)).toEqual(['not_json', 'not_json']);
    expect(await store.ask(`select from velolog.system where system_id = 'mended'`)).toEqual([]);
    await store.poll('mended', 0, bikes(1), history);
    await store.record({ system_id: 'mended', second: 30, body: '{', ...history });
    store.restart();
    await store.poll('mended', 60, bikes(2), history);
    expect(await rows('mended')).toEqual([
      { observed_at: 0, bikes: 1 },
      { observed_at: 60, bikes: 2 },
    ]);
  });

  test('before the first observation, too; an unreadable live body is a failed poll', async () => {
    await store.record({ system_id: 'mended before', second: 1000, body: '{' });
    await store.record({ system_id: 'mended before', second: 0, body: '{', ...history });
    await store.poll('mended before', 0, bikes(1), history);
    expect(await rows('mended before')).toEqual([{ observed_at: 0, bikes: 1 }]);
    expect(
      await store.ask(
        `select from_at, outcome from api.feed_coverage where system_id = 'mended before' order by 1`,
      ),
    ).toEqual([
      { from_at: 0, outcome: 'observed' },
      { from_at: 1000, outcome: 'undecodable' },
    ]);
  });

  test('says what the system is called only until a poll has answered that', async () => {
    const tell = (second: number, imported: boolean, more: object = {}) => {
      const body = { data: { system_id: 'told', name: `Name ${second}`, timezone: 'Europe/Oslo' } };
      return store.record({ system_id: 'told', feed: 'system_information', second, imported, body, ...more });
    };
    const name = async () =>
      (await store.ask(`select name from velolog.system where system_id = 'told'`)).map((row) => row.name);
    await tell(9000, false, { outcome: 'failed', error: 'http_404' });
    await tell(1000, true);
    expect(await name()).toEqual(['Name 1000']);
    store.restart();
    await tell(1060, true);
    await tell(0, true);
    expect(await name()).toEqual(['Name 1060']);
    await tell(9060, false);
    await tell(1120, true);
    expect(await name()).toEqual(['Name 9060']);
  });

  test('inside a time that has been dealt with changes nothing', async () => {
    await store.poll('twice', 0, bikes(5), history);
    await store.poll('twice', 60, bikes(6), history);
    const before = store.letters.length;
    for (const second of [0, 30, 60]) await store.poll('twice', second, bikes(1), history);
    expect(store.letters.slice(before).map((letter) => letter.reason)).toEqual(['stale', 'stale', 'stale']);
    expect(await rows('twice')).toHaveLength(2);
  });
});

test('a list that leaves out stations that an earlier one of the same transaction named does not change the earlier one', async () => {
  const list = (feed: string, second: number, data: object) =>
    store.message({ system_id: 'lists', feed, second, body: { data } });
  await store.store([
    list('vehicle_types', 0, {
      vehicle_types: [{ vehicle_type_id: 'old', form_factor: 'bicycle', propulsion_type: 'human' }],
    }),
    list('system_regions', 0, { regions: [{ region_id: 'old', name: 'Old town' }] }),
    list('vehicle_types', 60, {
      vehicle_types: [{ vehicle_type_id: 'new', form_factor: 'scooter', propulsion_type: 'electric' }],
    }),
    list('system_regions', 60, { regions: [{ region_id: 'new', name: 'Harbour' }] }),
  ]);
  const of = (table: string, id: string) =>
    store.ask(
      `select ${id} as id from velolog.${table} join velolog.system using (system_key) where system_id = 'lists' order by 1`,
    );
  expect(await of('vehicle_type', 'vehicle_type_id')).toEqual([{ id: 'new' }, { id: 'old' }]);
  expect(await of('region', 'region_id')).toEqual([{ id: 'new' }, { id: 'old' }]);
});
