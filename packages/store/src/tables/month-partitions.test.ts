import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { makeMonthsAhead, makeMonthsOf, noMonths } from './month-partitions.ts';

let store: TestStore;
let reader: pg.Client;
beforeAll(async () => {
  store = await openTestStore();
  reader = new pg.Client({ connectionString: store.url });
  await reader.connect();
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

test('a month is made beside a question and a write that take long, and takes rows', async () => {
  await reader.query(
    'begin; select count(*) from velolog.station_status; lock table velolog.station_status in row exclusive mode',
  );
  await makeMonthsOf(store.context.pool, noMonths(), 'station_status', [Date.UTC(2019, 3, 15)]);
  await reader.query('rollback');
  await store.poll('old', -7 * 365 * 24 * 3600, [{ station_id: '1', num_bikes_available: 1 }]);
  expect(await store.ask('select count(*)::int as n from velolog.station_status')).toEqual([{ n: 1 }]);
});

test('existing months need no lock, whatever locks others hold', async () => {
  const now = new Date();
  await makeMonthsAhead(store.context.pool, noMonths(), now);
  await reader.query('begin; lock table velolog.station_status in access exclusive mode');
  await makeMonthsAhead(store.context.pool, noMonths(), now);
  await reader.query('rollback');
});

test('waiting for a lock ends after a while, so that other sessions do not wait behind it for long', async () => {
  await reader.query('begin; lock table velolog.station_status in access exclusive mode');
  await expect(
    makeMonthsOf(store.context.pool, noMonths(), 'station_status', [Date.UTC(2018, 3, 15)]),
  ).rejects.toMatchObject({
    code: '55P03',
  });
  await reader.query('rollback');
});
