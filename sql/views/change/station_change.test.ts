import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation } from '../../../test/history/given-station.ts';
import { type GivenStation, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const station = (bikes?: number | null, docks?: number | null, more: object = {}): GivenStation =>
  givenStation('1', bikes, docks, more);

const other: GivenStation = { ...station(1, 1), station_id: 'other' };

/** The changes of a system's station 1, each as one line. */
async function changes(system: string): Promise<string[]> {
  const rows = await store.ask(
    `select * from api.station_change where system_id = $1 and station_id = '1' order by observed_at`,
    [system],
  );
  return rows.map(
    (row) =>
      `${row.prev_observed_at}->${row.observed_at} bikes ${row.prev_num_bikes_available}->${row.num_bikes_available} (${row.bikes_delta}) ` +
      `docks ${row.prev_num_docks_available}->${row.num_docks_available} (${row.docks_delta}) gap ${row.gap_seconds}`,
  );
}

describe('station_change', () => {
  test('the first known values of a station are not a change', async () => {
    await store.poll('first', 0, [station(5, 5)]);
    expect(await changes('first')).toEqual([]);
  });

  test('a repeated report is not a change, even when last_reported and the flags move', async () => {
    await store.poll('repeat', 0, [station(5, 5, { last_reported: 1_781_524_000 })]);
    await store.poll('repeat', 30, [station(5, 5, { last_reported: 1_781_524_030 })]);
    await store.poll('repeat', 60, [station(5, 5, { is_renting: false })]);
    expect(await changes('repeat')).toEqual([]);
  });

  test('a change gives both values, their difference, and when the values before were stored', async () => {
    await store.poll('change', 0, [station(5, 5)]);
    await store.poll('change', 30, [station(3, 7)]);
    await store.poll('change', 60, [station(3, 7)]);
    await store.poll('change', 90, [station(3, 6)]);
    expect(await changes('change')).toEqual([
      '0->30 bikes 5->3 (-2) docks 5->7 (2) gap 0',
      '30->90 bikes 3->3 (0) docks 7->6 (-1) gap 0',
    ]);
  });

  test('time in which the feed failed or was not polled is the gap of the change after it', async () => {
    for (const second of [0, 30, 60]) await store.poll('gap', second, [station(5, 5)]);
    await store.record({ system_id: 'gap', second: 90, outcome: 'failed', error: 'timeout' });
    await store.poll('gap', 120, [station(4, 6)]);
    await store.poll('gap', 3720, [station(2, 8)]);
    expect(await changes('gap')).toEqual([
      '0->120 bikes 5->4 (-1) docks 5->6 (1) gap 60',
      '120->3720 bikes 4->2 (-2) docks 6->8 (2) gap 3600',
    ]);
  });

  test('time in which the list lacked the station is a gap too, and counts once where the feed failed as well', async () => {
    await store.poll('absence', 0, [station(5, 5), other]);
    await store.poll('absence', 30, [other]);
    await store.record({ system_id: 'absence', second: 60, outcome: 'failed', error: 'timeout' });
    await store.poll('absence', 90, [other]);
    await store.poll('absence', 120, [station(2, 8), other]);
    expect(await changes('absence')).toEqual(['0->120 bikes 5->2 (-3) docks 5->8 (3) gap 120']);
  });

  test('an empty list is bridged: it says nothing of any station', async () => {
    await store.poll('empty', 0, [station(5, 5)]);
    await store.poll('empty', 30, []);
    await store.poll('empty', 60, [station(5, 5)]);
    await store.poll('empty', 90, [station(6, 4)]);
    expect(await changes('empty')).toEqual(['0->90 bikes 5->6 (1) docks 5->4 (-1) gap 60']);
  });

  test('a count that is absent is null and never 0: a system without docks changes by its bikes', async () => {
    await store.poll('null', 0, [station(5)]);
    await store.poll('null', 30, [station(4, null)]);
    expect(await changes('null')).toEqual(['0->30 bikes 5->4 (-1) docks null->null (null) gap 0']);
  });

  test('a report that knows neither count is passed over: the change is against the last known values', async () => {
    await store.poll('unknown', 0, [station()]);
    await store.poll('unknown', 30, [station(5, 5)]);
    await store.poll('unknown', 60, [station()]);
    await store.poll('unknown', 90, [station(4, 6)]);
    expect(await changes('unknown')).toEqual(['30->90 bikes 5->4 (-1) docks 5->6 (1) gap 0']);
  });

  test('a count that a row does not tell is compared with its last known value when it is told again, as in the hours', async () => {
    await store.poll('half known', 0, [station(5, 5)]);
    await store.poll('half known', 30, [station(null, 5)]);
    await store.poll('half known', 60, [station(null, 4)]);
    await store.poll('half known', 90, [station(7, 4)]);
    await store.poll('half known', 120, [station(7, null)]);
    await store.poll('half known', 150, [station(7, 4)]);
    await store.poll('half known', 3600, [station(7, 4)]);
    expect(await changes('half known')).toEqual([
      '30->60 bikes null->null (null) docks 5->4 (-1) gap 0',
      '0->90 bikes 5->7 (2) docks 4->4 (0) gap 0',
    ]);
    const [hour] = await store.ask(
      `select arrivals, departures from api.station_hour_between('2026-06-15 12:00Z', '2026-06-15 13:00Z', 'half known')`,
    );
    expect(hour).toEqual({ arrivals: 2, departures: 0 });
  });

  test('the gap of such a row is all unobserved time since its oldest value was told, also before the window that is asked for', async () => {
    await store.poll('gap of a count', 0, [station(5, 5), other]);
    await store.record({ system_id: 'gap of a count', second: 30, outcome: 'failed', error: 'timeout' });
    await store.poll('gap of a count', 60, [station(null, 6), other]);
    await store.poll('gap of a count', 90, [other]);
    await store.poll('gap of a count', 120, [station(4, 6), other]);
    expect((await changes('gap of a count')).at(-1)).toBe('0->120 bikes 5->4 (-1) docks 6->6 (0) gap 120');
    const asked = await store.ask(
      `select gap_seconds from api.station_change_between('2026-06-15 12:01:40Z', '2026-06-15 13:00Z', 'gap of a count')`,
    );
    expect(asked).toEqual([{ gap_seconds: 120 }]);
  });

  test('the first known value of a count is no change, whatever the other has done before', async () => {
    await store.poll('later docks', 0, [station(5)]);
    await store.poll('later docks', 30, [station(5, 9)]);
    await store.poll('later docks', 60, [station(4, 9)]);
    expect(await changes('later docks')).toEqual(['30->60 bikes 5->4 (-1) docks 9->9 (0) gap 0']);
  });

  test('two systems that share a station id do not see each other', async () => {
    await store.poll('here', 0, [station(5, 5)]);
    await store.poll('there', 10, [station(9, 1)]);
    await store.poll('here', 30, [station(5, 5)]);
    await store.poll('there', 40, [station(8, 2)]);
    expect(await changes('here')).toEqual([]);
    expect(await changes('there')).toEqual(['10->40 bikes 9->8 (-1) docks 1->2 (1) gap 0']);
  });

  test('name and place come from station_information, before or after the status', async () => {
    const information = (system_id: string, second: number) =>
      store.record({
        system_id,
        second,
        feed: 'station_information',
        body: {
          data: { stations: [{ station_id: '1', name: 'Square', lat: 59.9, lon: 10.7, capacity: 10 }] },
        },
      });
    await information('before', 0);
    await store.poll('before', 10, [station(5, 5)]);
    await store.poll('before', 40, [station(4, 6)]);
    await store.poll('after', 10, [station(5, 5)]);
    await store.poll('after', 40, [station(4, 6)]);
    const named = `select system_id, name, lat, lon from api.station_change where system_id in ('before', 'after') order by 1`;
    expect(await store.ask(named)).toEqual([
      { system_id: 'after', name: null, lat: null, lon: null },
      { system_id: 'before', name: 'Square', lat: 59.9, lon: 10.7 },
    ]);
    await information('after', 50);
    expect((await store.ask(named))[0]).toEqual({ system_id: 'after', name: 'Square', lat: 59.9, lon: 10.7 });
  });
});
