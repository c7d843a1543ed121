import { UNDECODABLE, type UndecodableReason } from '@velolog/gbfs/codes';
import { ROWS_MAX } from '@velolog/gbfs/feeds/row-list';
import { INVALID_RECORD, type InvalidRecordCode } from '@velolog/stream/codes';
import type { KafkaMessage } from '@velolog/stream/kafka/kafka-types';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type ClockedPoll,
  clockedPoll,
  coverageOf,
  healthOf,
  NOW,
  YEAR,
} from '../../../../../test/workers/clocked-polls.ts';
import { openTestStore, type TestStore } from '../../../../../test/workers/test-store.ts';
import { NOT_STORED, type NotStoredCode } from '../../codes.ts';
import { storeRecords } from '../store-records.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const health = (system_id: string, feed?: string) => healthOf(store, system_id, feed);
const coverage = (system_id: string) => coverageOf(store, system_id);
const poll = (given: ClockedPoll) => clockedPoll(store, given);

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
