import { afterEach, beforeEach, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';
import { doChoresOnce } from './chores.ts';

let store: TestStore;
beforeEach(async () => {
  store = await openTestStore();
});
afterEach(() => store[Symbol.asyncDispose]());

const HOUR = 3600;
const AGO = -60 * 24;

type Bikes = { still: number; busy: number };

/** Polls of two stations every 10 minutes. Times in hours. */
async function pollHours(from: number, to: number, bikesAt: (hour: number) => Bikes): Promise<void> {
  const messages = [];
  for (let minute = from * 60; minute <= to * 60; minute += 10) {
    const { still, busy } = bikesAt(minute / 60);
    const stations = [
      { ...station('still', still, 5), num_ebikes_available: 2 },
      { ...station('busy', busy, 5), num_ebikes_available: Math.min(busy, 1) },
    ];
    messages.push(store.message({ system_id: 'city', second: minute * 60, body: { data: { stations } } }));
  }
  await store.store(messages);
}

const busy = (hour: number) => Math.abs(Math.floor(hour)) % 3;
const quiet = (hour: number): Bikes => ({ still: 3, busy: busy(hour) });

/** Does the chores of a worker with RETENTION_DAYS=30, `hours` after the test's time. */
async function retain(hours = 0): Promise<unknown> {
  const said = { dropped: [] as unknown };
  const log = {
    info: ({ dropped }: Record<string, unknown>) => void Object.assign(said, { dropped }),
    warn: () => {},
  };
  await doChoresOnce(
    { pool: store.context.pool, months: store.context.months, retentionDays: 30, log },
    new Date(START + hours * HOUR * 1000),
  );
  return said.dropped;
}

const WINDOW = `'2026-06-15 06:00Z', '2026-06-15 10:30Z', 'city'`;

/** What the views say of the last hours, in which `still` did not change. */
async function told() {
  const ask = (query: string) => store.ask(query);
  return {
    steps: await ask(`select * from api.station_step_between(${WINDOW}, 'still') order by at`),
    counts: await ask(`select * from api.station_counts_between(${WINDOW})`),
    reports: await ask(`select * from api.station_report_between(${WINDOW}, 'still')`),
    totals: await ask(`select * from api.system_count_between(${WINDOW}, 3600) order by at`),
    ebikes: await ask(
      `select * from api.ebike_count_between('2026-06-15 06:00Z', '2026-06-15 10:30Z', 'city', 3600) order by at`,
    ),
    at: await ask(`select * from api.station_at('2026-06-15 09:00Z', 'city') order by station_id`),
    hours: await ask(`select * from api.station_hour_between(${WINDOW}) order by hour_at, station_id`),
    spells: await ask(
      `select station_id, state, from_at, to_at from api.station_spell_between(${WINDOW}) order by station_id, from_at`,
    ),
    changes: await ask(`select * from api.station_change_between(${WINDOW}) order by observed_at`),
  };
}

test('a station that is unchanged since months that retention dropped is still told apart from one that was not observed', async () => {
  await pollHours(AGO, AGO + 5, quiet);
  await pollHours(-50, 0, quiet);
  const before = await told();
  expect(before.totals[0]).toMatchObject({ stations: '2' });
  expect(before.ebikes[0]).toMatchObject({ stations_telling: '2' });
  expect(await retain()).toEqual(['station_status_2026_04', 'station_type_status_2026_04']);
  expect(await told()).toEqual(before);
  store.restart();
  await pollHours(1 / 6, 2, (hour) => ({ ...quiet(hour), still: hour > 1 ? 4 : 3 }));
  expect(await told()).toEqual(before);
});

test('its next change is compared with what it was, in each view and in velolog.changes', async () => {
  await pollHours(AGO, AGO + 5, quiet);
  await pollHours(-2, 0, quiet);
  await retain();
  await pollHours(1 / 6, 2, (hour) => ({ ...quiet(hour), still: hour > 1 ? 4 : 3 }));
  const change = {
    prev_observed_at: AGO * HOUR,
    prev_num_bikes_available: 3,
    num_bikes_available: 4,
    bikes_delta: 1,
  };
  for (const source of [
    'api.station_change',
    `api.station_change_between('2026-06-15 12:00Z', '2026-06-15 18:00Z', 'city')`,
    `api.station_change_between('2026-03-01', '2026-07-01', 'city')`,
    `api.station_change_since('city', '2026-06-15 12:00Z')`,
  ]) {
    const rows = await store.ask(`select * from ${source} where station_id = 'still'`);
    expect(rows, source).toMatchObject([change]);
  }
  const inView = await store.ask(`select * from api.station_change order by observed_at, station_id`);
  const between = `api.station_change_between('2026-01-01', '2027-01-01')`;
  expect(await store.ask(`select * from ${between} order by observed_at, station_id`)).toEqual(inView);
});

test('of each station no more is kept than later time needs', async () => {
  await pollHours(AGO, AGO + 5, quiet);
  await pollHours(AGO + 31 * 24, AGO + 31 * 24 + 5, quiet);
  await pollHours(-1, 0, quiet);
  const kept = async () =>
    (
      await store.ask(
        `select station_id, observed_at from velolog.station_status_before join velolog.station using (station_key) order by 1`,
      )
    ).map(({ station_id, observed_at }) => [station_id, Number(observed_at) / HOUR]);
  await retain();
  expect(await kept()).toEqual([
    ['busy', AGO + 5],
    ['still', AGO],
  ]);
  await pollHours(1, 2, quiet);
  expect(await retain(16 * 24)).toEqual(['station_status_2026_05', 'station_type_status_2026_05']);
  expect(await kept()).toEqual([
    ['busy', AGO + 31 * 24 + 5],
    ['still', AGO],
  ]);
});

const bikes = (second: number, more: object) =>
  store.poll('city', second, [{ station_id: '1', is_renting: true, ...more }]);

test('a count that its last row does not tell is compared with the one that was last told', async () => {
  await bikes(AGO * HOUR, { num_bikes_available: 7, num_docks_available: 1 });
  await bikes(AGO * HOUR + 60, { num_docks_available: 1 });
  await bikes(0, { num_docks_available: 1 });
  await retain();
  await bikes(60, { num_bikes_available: 5, num_docks_available: 1 });
  const change = { num_bikes_available: 5, prev_num_bikes_available: 7, bikes_delta: -2 };
  expect(await store.ask('select * from api.station_change')).toMatchObject([change]);
  expect(
    await store.ask(`select * from api.station_change_between('2026-06-15 12:00Z', '2026-06-15 13:00Z')`),
  ).toMatchObject([change]);
});

test('the same when the last row tells no count at all, and over two dropped months', async () => {
  await bikes(AGO * HOUR, { num_bikes_available: 7, num_docks_available: 1 });
  await bikes((AGO + 31 * 24) * HOUR, {});
  await bikes(0, {});
  await retain();
  expect(await retain(16 * 24)).toEqual(['station_status_2026_05']);
  await bikes(60, { num_bikes_available: 5, num_docks_available: 4 });
  expect(await store.ask('select * from api.station_change')).toMatchObject([
    { prev_observed_at: AGO * HOUR, bikes_delta: -2, docks_delta: 3 },
  ]);
});

test('what is kept of a dropped month is no change in it, and says nothing of the time before the last row', async () => {
  await bikes(AGO * HOUR, { num_bikes_available: 7, num_docks_available: 1 });
  await bikes(AGO * HOUR + 60, { num_docks_available: 3 });
  await bikes(AGO * HOUR + 120, { num_docks_available: 2 });
  await bikes(0, { num_docks_available: 2 });
  await retain();
  expect(await store.ask('select * from api.station_change')).toEqual([]);
  expect(await store.ask(`select * from api.station_change_between('2026-01-01', '2027-01-01')`)).toEqual([]);
  const before = { num_bikes_available: null, num_docks_available: null };
  expect(await store.ask(`select * from api.station_at('2026-04-16 12:00:30Z', 'city')`)).toMatchObject([
    before,
  ]);
  expect(
    await store.ask(
      `select * from api.station_step_between('2026-04-16 12:00:30Z', '2026-04-16 12:01:30Z', 'city', '1')`,
    ),
  ).toMatchObject([before, before]);
});

test('of an archive that ended in a dropped month its last rows stay, as its present does, since polls may follow', async () => {
  for (const hour of [10, 11])
    await store.poll('old', (AGO + hour) * HOUR, [station('1', hour, 5)], { imported: true });
  for (const hour of [0, 1, 2])
    await store.poll('old', (AGO + hour) * HOUR, [station('1', hour, 5)], { imported: true });
  await store.poll('new', 0, [station('1', 1, 5)]);
  expect(await retain()).toEqual(['station_status_2026_04']);
  expect(
    await store.ask('select observed_at, num_bikes_available from velolog.station_status_before'),
  ).toEqual([{ observed_at: (AGO + 11) * HOUR, num_bikes_available: 11 }]);
});
