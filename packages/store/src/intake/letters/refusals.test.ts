import { UNDECODABLE, type UndecodableReason } from '@velolog/gbfs/codes';
import { ROWS_MAX } from '@velolog/gbfs/feeds/row-list';
import { INVALID_RECORD, type InvalidRecordCode } from '@velolog/stream/codes';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { COMMITS_CHANNEL } from '@velolog/worker/commits-channel';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type GivenPoll,
  openTestStore,
  START,
  type TestStore,
} from '../../../../../test/workers/test-store.ts';
import { NOT_STORED, type NotStoredCode } from '../../codes.ts';
import { storeRecords } from '../store-records.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const NOW = Math.floor((Date.now() - START) / 1000);
const YEAR = 366 * 86_400;
const LIST = { ttl: 60, data: { stations: [{ station_id: '1', num_bikes_available: 1 }] } };

const health = async (system_id: string, feed = 'station_status') =>
  (await store.ask('select * from api.feed_health where system_id = $1 and feed = $2', [system_id, feed]))[0];
const coverage = (system_id: string) =>
  store.ask('select outcome, polls::int from api.feed_coverage where system_id = $1 order by from_at', [
    system_id,
  ]);
const lastPolled = async (system_id: string) =>
  (await store.ask('select last_polled_at from api.system_holding where system_id = $1', [system_id]))[0];
/** A poll that reaches Kafka at second `second`, or `NOW`, and whose ingest has a clock that is `ahead` seconds ahead. */
const poll = ({
  ahead = 0,
  second = NOW,
  ...given
}: Partial<GivenPoll> & { system_id: string; ahead?: number }) => ({
  ...store.message({ second: second + ahead, body: LIST, ...given }),
  timestamp: String(START + second * 1000),
});
const refused = (system_id: string, second = NOW, more: Partial<GivenPoll> = {}) =>
  poll({ system_id, second, ahead: 3600, ...more });

/** Makes a record of the system that gets the reason. */
type Maker = (system_id: string) => { message: KafkaMessage; refusal?: NotStoredCode };
const withHeader =
  (name: string, value: string | undefined): Maker =>
  (system_id) => {
    const message = poll({ system_id });
    const headers = { ...message.headers, [name]: value === undefined ? value : Buffer.from(value) };
    return { message: { ...message, headers } as KafkaMessage };
  };
const withKey =
  (key: string | null): Maker =>
  (system_id) => ({ message: { ...poll({ system_id }), key: key === null ? null : Buffer.from(key) } });
const withBody =
  (feed: string, body: object | string): Maker =>
  (system_id) => ({ message: poll({ system_id, feed, body }) });
const listless = (feed: string) => withBody(feed, { data: {} });
const refusedAs =
  (refusal: NotStoredCode): Maker =>
  (system_id) => ({ message: poll({ system_id }), refusal });
const ahead =
  (ahead: number): Maker =>
  (system_id) => ({ message: poll({ system_id, ahead }) });

const MAKERS: Record<NotStoredCode | UndecodableReason, Maker> = {
  stale: ahead(-3600),
  fetched_in_future: ahead(301),
  fetched_before_gbfs: ahead(-13 * YEAR),
  wrong_topic: withBody('vehicle_status', { data: { vehicles: [] } }),
  refused_by_database: refusedAs('refused_by_database'),
  too_slow_for_database: refusedAs('too_slow_for_database'),
  unexpected_error: refusedAs('unexpected_error'),
  empty_body: withBody('station_status', ''),
  not_json: withBody('station_status', '<html>'),
  not_a_feed: withBody('station_status', '[]'),
  too_many_rows: withBody('station_status', {
    data: { stations: Array.from({ length: ROWS_MAX + 1 }, () => 0) },
  }),
  no_station_list: listless('station_status'),
  no_vehicle_list: listless('vehicle_status'),
  no_vehicle_type_list: listless('vehicle_types'),
  no_alert_list: listless('system_alerts'),
  no_region_list: listless('system_regions'),
  no_plan_list: listless('system_pricing_plans'),
  no_zone_list: listless('geofencing_zones'),
  no_hours_list: listless('system_hours'),
  no_calendar_list: listless('system_calendar'),
  no_feed_list: listless('gbfs'),
  no_version_list: listless('gbfs_versions'),
  no_system_information: listless('system_information'),
};
const HEADERS: Partial<Record<InvalidRecordCode, Maker>> = {
  missing_key: withKey(null),
  missing_ce_subject: withHeader('ce_subject', undefined),
  missing_ce_time: withHeader('ce_time', undefined),
  invalid_ce_time: withHeader('ce_time', 'noon'),
  missing_ce_source: withHeader('ce_source', undefined),
  invalid_ce_source: withHeader('ce_source', ''),
  missing_ce_outcome: withHeader('ce_outcome', undefined),
  invalid_ce_outcome: withHeader('ce_outcome', 'good'),
  invalid_ce_specversion: withHeader('ce_specversion', '2.0'),
  invalid_ce_httpstatus: withHeader('ce_httpstatus', '99'),
  invalid_ce_durationms: withHeader('ce_durationms', 'long'),
  invalid_ce_error: withHeader('ce_error', 'a\0b'),
  invalid_ce_imported: withHeader('ce_imported', 'perhaps'),
};
/** Of these the system or the feed is not known, or two are named. */
const UNKNOWN: Partial<Record<InvalidRecordCode, Maker>> = {
  invalid_key: withKey('another'),
  invalid_ce_subject: withHeader('ce_subject', 'x'.repeat(300)),
  missing_ce_type: withHeader('ce_type', undefined),
  invalid_ce_type: withHeader('ce_type', 'org.gbfs.'),
};
/** Headers that may be missing, or say anything; and a batch that cannot be read, of which nothing is known. */
const NEVER: InvalidRecordCode[] = [
  'unreadable_batch',
  'missing_content_type',
  'invalid_content_type',
  'missing_ce_specversion',
  'missing_ce_httpstatus',
  'missing_ce_durationms',
  'missing_ce_etag',
  'invalid_ce_etag',
  'missing_ce_error',
  'missing_ce_imported',
  'missing_ce_bodyid',
  'invalid_ce_bodyid',
];

describe('what feed_health says of each reason for a dead letter', () => {
  test('no reason is left out', () => {
    const keys = (...codes: object[]) => new Set(codes.flatMap(Object.keys));
    expect(keys(HEADERS, UNKNOWN, Object.fromEntries(NEVER.map((code) => [code, null])))).toEqual(
      keys(INVALID_RECORD),
    );
    expect(keys(MAKERS)).toEqual(keys(NOT_STORED, UNDECODABLE));
  });

  /** Stores a record of the reason, of a feed that failed a minute before. Returns its health. */
  async function healthAfter(reason: string, make: Maker): Promise<Record<string, unknown> | undefined> {
    const { message, refusal } = make(reason);
    const feed = /^org\.gbfs\.(.+)$/.exec(String(message.headers?.ce_type))?.[1] ?? 'station_status';
    await store.record({ system_id: reason, second: NOW - 60, feed, outcome: 'failed', error: 'http_503' });
    const before = store.letters.length;
    if (reason === 'wrong_topic') store.state.carries = 'others';
    await storeRecords(store.context, store.state, [message], { ...(refusal && { refusal }) });
    delete store.state.carries;
    expect(store.letters.slice(before)).toMatchObject([{ reason }]);
    return await health(reason, feed);
  }

  test.each(Object.entries({ ...MAKERS, ...HEADERS }))('%s', async (reason, make) => {
    const isStored = reason in UNDECODABLE;
    expect(await healthAfter(reason, make)).toMatchObject({
      last_error: reason,
      consecutive_failures: 2,
      last_success_at: null,
      last_fetched_at: NOW,
      refused_polls: isStored ? 0 : 1,
      refused_since: isStored ? null : NOW,
      overdue: true,
      is_archive: false,
    });
    const spans = [{ outcome: 'failed', polls: 1 }];
    expect(await coverage(reason)).toEqual(
      isStored ? [...spans, { outcome: 'undecodable', polls: 1 }] : spans,
    );
  });

  test.each(Object.entries(UNKNOWN))(
    '%s: nothing, because it does not name one feed',
    async (reason, make) => {
      expect(await healthAfter(reason, make)).toMatchObject({ last_error: 'http_503', refused_polls: 0 });
    },
  );
});

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
