import { COMMITS_CHANNEL } from '@velolog/worker/commits-channel';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ClockedPoll,
  clockedPoll,
  coverageOf,
  healthOf,
  NOW,
  YEAR,
} from '../../../../../test/workers/clocked-polls.ts';
import { type GivenPoll, openTestStore, type TestStore } from '../../../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const health = (system_id: string, feed?: string) => healthOf(store, system_id, feed);
const coverage = (system_id: string) => coverageOf(store, system_id);
const poll = (given: ClockedPoll) => clockedPoll(store, given);
const lastPolled = async (system_id: string) =>
  (await store.ask('select last_polled_at from api.system_holding where system_id = $1', [system_id]))[0];
const refused = (system_id: string, second = NOW, more: Partial<GivenPoll> = {}) =>
  poll({ system_id, second, ahead: 3600, ...more });

describe('refused polls', () => {
  test.each([1, 3, 8])(
    'count since the newest stored poll, by the clock of the broker, also where %i records are one transaction',
    async (size) => {
      const system_id = `cut by ${size}`;
      const messages = [
        refused(system_id, NOW - 80),
        poll({ system_id, second: NOW - 70 }),
        refused(system_id, NOW - 60),
        poll({ system_id, second: NOW - 50, outcome: 'failed', error: 'http_503' }),
        refused(system_id, NOW - 40),
        poll({ system_id, second: NOW - 30, ahead: -3600 }),
        refused(system_id, NOW - 20),
        poll({ system_id: 'other', second: NOW - 10 }),
      ];
      for (let from = 0; from < messages.length; from += size)
        await store.store(messages.slice(from, from + size));
      expect(await health(system_id)).toMatchObject({
        refused_polls: 3,
        refused_since: NOW - 40,
        last_fetched_at: NOW - 20,
        last_error: 'fetched_in_future',
        consecutive_failures: 4,
        overdue: false,
      });
      await store.store([poll({ system_id })]);
      expect(await health(system_id)).toMatchObject({
        refused_polls: 0,
        refused_since: null,
        last_error: null,
        consecutive_failures: 0,
      });
    },
  );

  test.each(['', ' after a restart'])(
    'of a feed that never had another say why it has no data, until one is stored%s',
    async (restart) => {
      const system_id = `new${restart}`;
      await store.store([
        refused(system_id, NOW - 60, { feed: 'station_information' }),
        refused(system_id, NOW - 30),
      ]);
      expect(await health(system_id)).toMatchObject({
        last_fetched_at: NOW - 30,
        last_success_at: null,
        age_seconds: null,
        overdue: true,
        is_archive: false,
        last_error: 'fetched_in_future',
      });
      expect(
        await store.ask('select is_archive, stations::int from api.system_current where system_id = $1', [
          system_id,
        ]),
      ).toEqual([{ is_archive: false, stations: 0 }]);
      expect(await lastPolled(system_id)).toEqual({ last_polled_at: NOW - 30 });
      if (restart) store.restart();
      await store.store([poll({ system_id })]);
      expect(await health(system_id)).toMatchObject({ last_error: null, overdue: false, refused_polls: 0 });
      expect(await coverage(system_id)).toEqual([{ outcome: 'observed', polls: 1 }]);
    },
  );

  test('a poll that a second ingest makes stale is no failure; where all of them are stale for long, it is', async () => {
    const stale = (system_id: string, second: number) => poll({ system_id, second, ahead: -7200 });
    await store.store([poll({ system_id: 'two', second: NOW - 10 }), stale('two', NOW)]);
    await store.store([poll({ system_id: 'set back', second: NOW - 900 }), stale('set back', NOW - 840)]);
    const fine = {
      overdue: false,
      last_error: null,
      consecutive_failures: 0,
      refused_polls: 0,
      refused_since: null,
    };
    expect(await health('two')).toMatchObject(fine);
    const late = {
      overdue: true,
      last_error: 'stale',
      consecutive_failures: 1,
      refused_polls: 1,
      refused_since: NOW - 840,
    };
    expect(await health('set back')).toMatchObject(late);
  });

  test('"not modified" of a refused body is no observation', async () => {
    const system_id = 'confirmed';
    await store.store([poll({ system_id, second: NOW - 60 }), refused(system_id, NOW - 30)]);
    await store.store([poll({ system_id, outcome: 'unchanged' })]);
    expect(await health(system_id)).toMatchObject({ last_error: 'unchanged_without_body', refused_polls: 0 });
  });

  test('of imported history are none of the feed, and history that is imported does not end them', async () => {
    const imported = (second: number, ahead = 0) =>
      poll({ system_id: 'imported', second, ahead, imported: true });
    await store.store([imported(NOW - 600), imported(NOW - 540, 3600)]);
    expect(await health('imported')).toMatchObject({ is_archive: true, last_error: null, refused_polls: 0 });
    await store.store([refused('imported', NOW - 500), imported(NOW - 480)]);
    expect(await health('imported')).toMatchObject({
      is_archive: false,
      last_error: 'fetched_in_future',
      refused_polls: 1,
    });
    expect(await lastPolled('imported')).toEqual({ last_polled_at: NOW - 500 });
  });

  test.each(['', ' after a restart'])(
    'of a feed that never had another are not ended by history that is imported for it, beside a feed that is stored%s',
    async (restart) => {
      const system_id = `imported beside${restart}`;
      const of = { system_id, feed: 'station_information' };
      await store.store([poll({ system_id, second: NOW - 90 })]);
      await store.store([refused(system_id, NOW - 60, of)]);
      if (restart) store.restart();
      await store.store([poll({ ...of, second: NOW - YEAR, imported: true })]);
      expect(await health(system_id, of.feed)).toMatchObject({
        refused_polls: 1,
        refused_since: NOW - 60,
        last_error: 'fetched_in_future',
        is_archive: false,
      });
    },
  );

  test('of a new system that are imported make no system', async () => {
    await store.store([refused('typo', NOW, { imported: true })]);
    expect(await health('typo')).toBeUndefined();
  });

  test('tell readers, as any commit does', async () => {
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    await client.query(`listen ${COMMITS_CHANNEL}`);
    const told = new Promise((resolve) => client.once('notification', ({ payload }) => resolve(payload)));
    await store.store([refused('told')]);
    expect(await told).toBe('["told"]');
    await client.end();
  });
});
