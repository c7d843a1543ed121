import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/test-store.ts';

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
    await store.record({ system_id: name, second: last - intervalSeconds, body: list });
    await store.record({ system_id: name, second: last, body: list });
    expect(await health(name)).toMatchObject([{ overdue }]);
  });

  test.each([
    ['discovery is not overdue when its last two successes lie close together', 3 * 3600 - 60, false],
    ['but after three hours', 3 * 3600 + 60, true],
  ])('%s', async (name, agoSeconds, overdue) => {
    const last = Math.round((Date.now() - Date.UTC(2026, 5, 15, 12)) / 1000) - agoSeconds;
    for (const second of [last - 30, last])
      await store.record({ system_id: name, feed: 'gbfs', second, body: {} });
    expect(await health(name)).toMatchObject([{ feed: 'gbfs', overdue }]);
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
