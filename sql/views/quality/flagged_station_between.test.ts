import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { at, openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

const HOUR = 3600;
/** On the present day, so that what goes on is open. */
const NOW = Math.floor((Date.now() - START) / 1000) - 30;
const FROM = NOW - 5 * HOUR;

let store: TestStore;
/** Two stations that are empty all along and one that is full; of the first two one was frozen on the first hours, the other is until now. */
beforeAll(async () => {
  store = await openTestStore();
  await store.pollEvery(60, 'city', [FROM, NOW], () => [
    station('was', 0, 9),
    station('is', 0, 7),
    station('never', 5, 0),
  ]);
  const flag = (name: string, flag: string, from: number, lastSeen: number, ended: number | null) =>
    store.ask(
      `insert into velolog.data_quality_issue (system_key, feed, station_id, flag, noticed_at, since, last_seen_at, ended_at, evidence)
       select system_key, 'station_status', $1, $2, $3, $3, $4, $5, '{}' from velolog.system`,
      [name, flag, at(from), at(lastSeen), ended === null ? null : at(ended)],
    );
  await flag('was', 'station_frozen', FROM, FROM + HOUR, FROM + 2 * HOUR);
  await flag('is', 'station_zombie', NOW - HOUR, NOW, null);
  await flag('never', 'over_capacity', FROM, NOW, null);
});
afterAll(() => store[Symbol.asyncDispose]());

const ids = async (query: string, values: unknown[]) =>
  (await store.ask(query, values)).map(({ station_id }) => station_id);

test('a station is flagged from its issue until the look that no longer showed it, by frozen and zombie alone', async () => {
  const flagged = (from: number, to: number, system = 'city') =>
    ids('select station_id from api.flagged_station_between($1, $2, $3) order by station_id', [
      at(from),
      at(to),
      system,
    ]);
  expect(await flagged(FROM, NOW)).toEqual(['is', 'was']);
  expect(await flagged(FROM + 2 * HOUR, FROM + 3 * HOUR)).toEqual(['was']);
  expect(await flagged(FROM + 2 * HOUR + 1, FROM + 3 * HOUR)).toEqual([]);
  expect(await flagged(FROM, NOW, 'elsewhere')).toEqual([]);
  expect(
    await ids('select flag as station_id from api.data_quality_flag where is_left_out order by flag', []),
  ).toEqual(['station_frozen', 'station_zombie']);
});

describe('views that interpret counts have flagged stations, and leave them out when asked', () => {
  test('outages: those of a station that was frozen in the meantime', async () => {
    const outages = (more: string) =>
      ids(`select station_id from api.outage_episode_between($1, $2, 'city'${more}) order by station_id`, [
        at(FROM),
        at(NOW),
      ]);
    expect(await outages('')).toEqual(['is', 'never', 'was']);
    expect(await outages(', leave_out_flagged => true')).toEqual(['never']);
  });

  test('service levels: the days on which it was frozen, and no others', async () => {
    const days = (more: string) =>
      store.ask(
        `select station_id, count(*)::integer as days from api.sla_compliance_between($1, $2, 'city', 0, 0${more}) group by station_id order by station_id`,
        [at(FROM), at(NOW)],
      );
    const all = await days('');
    const [is, never, was] = all.map((row) => row.days as number);
    expect(all.map((row) => row.station_id)).toEqual(['is', 'never', 'was']);
    expect(await days(', leave_out_flagged => true')).toEqual(
      [
        { station_id: 'is', days: (is as number) - flaggedDays(NOW - HOUR, NOW) },
        { station_id: 'never', days: never },
        { station_id: 'was', days: (was as number) - flaggedDays(FROM, FROM + 2 * HOUR) },
      ].filter((row) => row.days !== 0),
    );
  });

  test('totals: without the stations that are frozen now, with their number', async () => {
    const offer = (more: string) => store.ask(`select * from api.system_offer('city'${more})`);
    expect(await offer('')).toMatchObject([
      { stations: 3, bikes: '5', docks: '16', empty: 2, full: 1, stations_left_out: 0 },
    ]);
    expect(await offer(', true')).toMatchObject([
      { stations: 2, bikes: '5', docks: '9', empty: 1, full: 1, stations_left_out: 1 },
    ]);
  });

  test('forecasts: a frozen station has none, and says why', async () => {
    const forecasts = (more: string) =>
      store.ask(
        `select station_id, no_forecast_because from api.station_forecast('city', 20, null${more}) order by station_id`,
      );
    const told = (is: string | null) => [
      { station_id: 'is', no_forecast_because: is },
      { station_id: 'never', no_forecast_because: null },
      { station_id: 'was', no_forecast_because: null },
    ];
    expect(await forecasts('')).toEqual(told(null));
    expect(await forecasts(', true')).toEqual(told('flagged'));
  });
});

/** Days in UTC that a time touches. */
function flaggedDays(from: number, to: number): number {
  const day = (second: number) => Math.floor((START / 1000 + second) / 86_400);
  return day(to) - day(from) + 1;
}
