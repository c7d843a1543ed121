import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const health = (system: string) =>
  store.ask('select * from api.feed_health where system_id = $1 order by feed', [system]);
const list = {
  last_updated: 1_781_524_790,
  ttl: 20,
  data: { stations: [{ station_id: '1', num_bikes_available: 1 }, {}] },
};

describe('feed_health', () => {
  test('counts failures in a row and keeps the last success, its stamp and its ttl', async () => {
    await store.record({ system_id: 'failing', second: 0, body: list });
    await store.record({ system_id: 'failing', second: 30, outcome: 'failed', error: 'http_503' });
    await store.record({ system_id: 'failing', second: 60, body: '<html>' });
    expect(await health('failing')).toMatchObject([
      {
        feed: 'station_status',
        last_fetched_at: 60,
        last_success_at: 0,
        last_updated: -10,
        ttl_seconds: 20,
        consecutive_failures: 2,
        last_error: 'not_json',
        stations_skipped: 1,
      },
    ]);
    await store.record({ system_id: 'failing', second: 90, body: list });
    expect(await health('failing')).toMatchObject([
      { last_success_at: 90, consecutive_failures: 0, last_error: null },
    ]);
  });

  test('a feed that has never answered is overdue and has no age', async () => {
    await store.record({ system_id: 'never', second: 0, outcome: 'failed', error: 'dns' });
    expect(await health('never')).toMatchObject([
      { last_success_at: null, age_seconds: null, overdue: true, last_error: 'dns' },
    ]);
  });

  test.each([
    ['a feed of a minute ago is not overdue', 60, 30, false],
    ['a feed of six minutes ago is', 360, 30, true],
    ['a feed polled hourly is not, within three of its hours', 3 * 3600 - 60, 3600, false],
    ['a feed polled hourly is, after them', 3 * 3600 + 60, 3600, true],
  ])('%s', async (name, agoSeconds, intervalSeconds, overdue) => {
    const last = Math.round((Date.now() - Date.UTC(2026, 5, 15, 12)) / 1000) - agoSeconds;
    const body = { ...list, last_updated: START / 1000 + last };
    await store.record({ system_id: name, second: last - intervalSeconds, body });
    await store.record({ system_id: name, second: last, body });
    expect(await health(name)).toMatchObject([{ overdue }]);
  });

  test.each(['free_bike_status', 'vehicle_status'])(
    'a %s that answers with vehicles of months ago is as old as its own clock says, until one moves',
    async (feed) => {
      const now = Math.round((Date.now() - START) / 1000);
      const poll = (second: number, lat: number) =>
        store.record({
          system_id: `old ${feed}`,
          feed,
          second,
          body: {
            last_updated: START / 1000,
            ttl: 20,
            data: {
              [feed === 'vehicle_status' ? 'vehicles' : 'bikes']: [
                { bike_id: 'a', vehicle_id: 'a', lat, lon: 10 },
              ],
            },
          },
        });
      await poll(now - 60, 59);
      await poll(now - 30, 59);
      const [old] = await health(`old ${feed}`);
      expect(old).toMatchObject({ overdue: true, last_success_at: now - 30 });
      expect(old?.age_seconds).toBeGreaterThan(now - 10);
      await poll(now - 10, 59.5);
      expect(await health(`old ${feed}`)).toMatchObject([{ overdue: false, last_changed_at: now - 10 }]);
    },
  );

  test.each([
    ['a feed with a ttl of a year is not overdue within ten days', 9, false],
    ['a feed with a ttl of a year is overdue after ten days', 11, true],
  ])('%s', async (name, agoDays, overdue) => {
    const last = Math.round((Date.now() - START) / 1000) - agoDays * 86_400;
    await store.record({
      system_id: name,
      second: last,
      body: { ...list, last_updated: START / 1000 + last, ttl: 31_536_000 },
    });
    expect(await health(name)).toMatchObject([{ overdue }]);
  });

  test.each([
    ['discovery is not overdue when its last two successes lie close together', 3 * 3600 - 60, false],
    ['but after three hours', 3 * 3600 + 60, true],
  ])('%s', async (name, agoSeconds, overdue) => {
    const last = Math.round((Date.now() - Date.UTC(2026, 5, 15, 12)) / 1000) - agoSeconds;
    for (const second of [last - 30, last])
      await store.record({ system_id: name, feed: 'gbfs', second, body: { data: { en: { feeds: [] } } } });
    expect(await health(name)).toMatchObject([{ feed: 'gbfs', overdue }]);
  });

  test.each([
    ['system_alerts', 2 * 3600, false],
    ['system_alerts', 3 * 3600 + 60, true],
    ['vehicle_types', 2 * 3600, false],
    ['free_bike_status', 2 * 3600, true],
  ])(
    '%s, asked once %i s ago with a ttl of 10 s: that it is overdue is %s',
    async (feed, agoSeconds, overdue) => {
      const system_id = `once-${feed}-${agoSeconds}`;
      const second = Math.round((Date.now() - START) / 1000) - agoSeconds;
      const data = { alerts: [], vehicle_types: [], bikes: [] };
      await store.record({ system_id, feed, second, body: { ttl: 10, data } });
      expect(await health(system_id)).toMatchObject([{ feed, overdue }]);
    },
  );

  describe('behind a live server', () => {
    const HOURS = 3600;
    const now = () => Math.floor((Date.now() - START) / 1000);
    /** Polls of the last `minutes`, one a minute, whose publisher's stamp is `stampAge` seconds old and stands still. */
    async function pollLast(
      system: string,
      minutes: number,
      stampAge: number | null,
      bikesAt: (minute: number) => number,
      more = {},
    ) {
      const start = now() - minutes * 60;
      for (let minute = 0; minute <= minutes; minute++) {
        await store.record({
          system_id: system,
          second: start + minute * 60,
          body: {
            ...(stampAge !== null && { last_updated: START / 1000 + start - stampAge }),
            ttl: 60,
            data: { stations: [{ station_id: '1', num_bikes_available: bikesAt(minute) }] },
          },
          ...more,
        });
      }
    }
    const age = async (system: string) => {
      const [row] = await health(system);
      return { hours: Math.round(Number(row?.age_seconds) / 360) / 10, overdue: row?.overdue };
    };

    test('data that the publisher stamped months ago and that never changes is as old as the stamp, and overdue', async () => {
      await pollLast('frozen', 3, 2000 * HOURS, () => 4);
      expect(await age('frozen')).toEqual({ hours: 2000.1, overdue: true });
    });

    test('"not modified" does not make it newer', async () => {
      await pollLast('frozen 304', 1, 9 * HOURS, () => 4);
      await store.record({ system_id: 'frozen 304', second: now(), outcome: 'unchanged' });
      expect(await age('frozen 304')).toEqual({ hours: 9, overdue: true });
    });

    test('a stamp that stands still while the counts change is not believed', async () => {
      await pollLast('counts', 3, 2000 * HOURS, (minute) => minute);
      expect(await age('counts')).toEqual({ hours: 0, overdue: false });
      store.restart();
      await store.record({ system_id: 'counts', second: now(), outcome: 'unchanged' });
      expect(await age('counts')).toEqual({ hours: 0, overdue: false });
    });

    test.each([
      ['a quiet night of a publisher who stamps changes only', 5.5, false],
      ['and longer', 6.5, true],
    ])('%s: %d hours', async (name, hours, overdue) => {
      await pollLast(name, 1, hours * HOURS, () => 4);
      expect((await age(name)).overdue).toBe(overdue);
    });

    test('a stamp in the future, or none, is as good as the answer', async () => {
      await pollLast('future', 1, -48 * HOURS, () => 4);
      await pollLast('no stamp', 1, null, () => 4);
      expect([await age('future'), await age('no stamp')]).toEqual([
        { hours: 0, overdue: false },
        { hours: 0, overdue: false },
      ]);
    });

    test('names and places may be years old', async () => {
      await pollLast('places', 1, 9000 * HOURS, () => 4, { feed: 'station_information' });
      expect(await age('places')).toEqual({ hours: 0, overdue: false });
    });
  });

  test('after the clock of ingest was set far back the age is not known, the feed is overdue, and last_error gives the reason', async () => {
    const now = Math.floor((Date.now() - START) / 1000);
    await store.record({ system_id: 'ahead', second: now + 3600, body: list });
    await store.record({ system_id: 'ahead', second: now, body: list });
    expect(store.letters.at(-1)).toMatchObject({ reason: 'stale' });
    await store.record({
      system_id: 'a little ahead',
      second: now + 200,
      body: { ...list, last_updated: undefined },
    });
    expect(await health('ahead')).toMatchObject([{ age_seconds: null, overdue: true, last_error: 'stale' }]);
    expect(await health('a little ahead')).toMatchObject([
      { age_seconds: 0, overdue: false, last_error: null },
    ]);
  });

  describe('with an empty list of stations', () => {
    const list = (second: number, ids: string[]) => ({
      last_updated: START / 1000 + second,
      ttl: 60,
      data: { stations: ids.map((station_id) => ({ station_id, num_bikes_available: 1 })) },
    });
    const pollEmptyFor = async (system_id: string, minutes: number, ids: string[], more = {}) => {
      const start = Math.floor((Date.now() - START) / 1000) - minutes * 60;
      const messages = [];
      for (let minute = 0; minute <= minutes; minute++) {
        const second = start + minute * 60;
        messages.push(
          store.message({ system_id, second, body: list(second, minute === 0 ? ids : []), ...more }),
        );
      }
      await store.store(messages);
      store.restart();
    };

    test('the data is as old as the last list that named a station, and overdue, even if the feed answers', async () => {
      await pollEmptyFor('emptied', 30, ['1']);
      const [row] = await health('emptied');
      expect(row).toMatchObject({ consecutive_failures: 0, last_error: null, overdue: true });
      expect(Math.round(Number(row?.age_seconds) / 60)).toBe(30);
      const [system] = await store.ask(`select * from api.system_current where system_id = 'emptied'`);
      expect(system).toMatchObject({ stations: 1, overdue: true });
      expect(Math.round(Number(system?.age_seconds) / 60)).toBe(30);
    });

    test('a system that never had a station is not late, nor one whose list is empty for a moment', async () => {
      await pollEmptyFor('without stations', 30, []);
      await pollEmptyFor('for a moment', 2, ['1']);
      expect(await health('without stations')).toMatchObject([{ overdue: false }]);
      expect(await health('for a moment')).toMatchObject([{ overdue: false }]);
    });

    test('vehicles that are all gone are known', async () => {
      const second = Math.floor((Date.now() - START) / 1000) - 5;
      const feed = 'free_bike_status';
      await store.record({ system_id: 'gone', second, feed, body: { ttl: 60, data: { bikes: [] } } });
      expect(await health('gone')).toMatchObject([{ overdue: false }]);
    });
  });

  test('imported history has no age and is never overdue, until the feed is polled', async () => {
    await store.record({ system_id: 'archive', second: 0, body: list, imported: true });
    const archived = { age_seconds: null, overdue: false, is_archive: true };
    expect(await health('archive')).toMatchObject([{ last_success_at: 0, ...archived }]);
    await store.record({ system_id: 'archive', second: 60, body: list });
    expect(await health('archive')).toMatchObject([{ is_archive: false, overdue: true }]);
    await store.record({ system_id: 'archive', second: 120, body: list, imported: true });
    expect(await health('archive')).toMatchObject([archived]);
  });

  test('"not modified" is a success after a body that could be read, and a failure after one that could not', async () => {
    await store.record({ system_id: 'unchanged', second: 0, body: list });
    await store.record({ system_id: 'unchanged', second: 30, outcome: 'unchanged' });
    expect(await health('unchanged')).toMatchObject([{ last_success_at: 30 }]);
    await store.record({ system_id: 'unchanged', second: 60, body: 'no json' });
    await store.record({ system_id: 'unchanged', second: 90, outcome: 'unchanged' });
    expect(await health('unchanged')).toMatchObject([{ last_success_at: 30, consecutive_failures: 2 }]);
  });
});
