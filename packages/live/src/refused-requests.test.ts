import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, CITY, recordCity } from '../../../test/history/city.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';
import { problem } from './api/problem.ts';

let store: TestStore;
let live: TestLive;

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
  await recordCity(store);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

describe('a request that cannot be answered says why', () => {
  test.each([
    ['/systems/nowhere', 404, /No system "nowhere"/],
    ['/systems/nowhere/stations', 404, /No system/],
    ['/systems/nowhere/stations.geojson', 404, /No system/],
    ['/systems/nowhere/stations.csv', 404, /No system/],
    ['/systems/nowhere/stations/1', 404, /No system/],
    ['/systems/nowhere/stations/1/history', 404, /No system/],
    ['/systems/nowhere/changes', 404, /No system/],
    ['/systems/nowhere/changes.csv', 404, /No system/],
    ['/systems/nowhere/feeds', 404, /No system/],
    ['/systems/nowhere/outages', 404, /No system/],
    ['/systems/nowhere/replay', 404, /No system/],
    ['/systems/nowhere/events', 404, /No system/],
    [`${CITY}/stations/77`, 404, /has no station "77"/],
    [`${CITY}/stations/77/history`, 404, /has no station "77"/],
    ['/nothing', 404, /openapi\.json/],
    [`${CITY}/stations/%00`, 400, /^station_id: .*NUL/],
    [`${CITY}/changes?from=yesterday`, 400, /^from: must be a time such as/],
    [`${CITY}/changes?from=2026-06-15`, 400, /^from: must be a time/],
    [`${CITY}/changes?from=2026-06-15T12:00:00`, 400, /^from: must be a time/],
    [`${CITY}/changes?from=${at(60)}&to=${at(0)}`, 400, /^from: is after `to`/],
    [`${CITY}/changes?from=2024-01-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*366 days/],
    [`${CITY}/changes?from=0000-01-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*1970/],
    [`${CITY}/changes?to=0001-01-01T00:00:00Z`, 400, /^to: .*1970/],
    [`${CITY}/changes?limit=0`, 400, /^limit: must be 1 or more/],
    [`${CITY}/changes?limit=5001`, 400, /^limit: must be 5000 or less/],
    [`${CITY}/changes?limit=many`, 400, /^limit: must be a number/],
    [`${CITY}/changes?after=%F0%9F%9A%B2`, 400, /^after: is not a cursor/],
    [`${CITY}/changes.csv?from=2026-01-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*31 days/],
    [`${CITY}/outages?from=2026-05-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*31 days/],
    [`${CITY}/replay?from=2026-06-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*2 days/],
    [`${CITY}/stations/1/history?from=2020-01-01T00:00:00Z&to=${at(0)}`, 400, /^from: .*366 days/],
  ])('%s', async (path, status, detail) => {
    const answer = await live.get(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const told = problem.parse(await answer.json());
    expect(told.status).toBe(status);
    expect(told.detail).toMatch(detail);
    if (status === 400) expect(told.detail.startsWith(`${told.parameter}: `)).toBe(true);
  });

  test.each(['/systems/city/documents/station_status', '/../../gbfs/city/3.0/station_status.json'])(
    'a time of %s that no table can hold is told by the name that was sent',
    async (path) => {
      const answer = await live.get(`${path}?at=1960-01-01T00:00:00Z`);
      expect(await answer.json()).toMatchObject({ status: 400, parameter: 'at' });
    },
  );

  test.each(['POST', 'PUT', 'DELETE'])('%s is refused with what is allowed', async (method) => {
    const answer = await live.get(CITY, { method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(problem.parse(await answer.json()).detail).toMatch(method);
  });

  test('a limit is in the answer for programs, too', async () => {
    expect(await live.json(`${CITY}/changes?limit=5001`)).toMatchObject({ parameter: 'limit', limit: 5000 });
    expect(await live.json(`${CITY}/replay?from=2026-06-01T00:00:00Z&to=${at(0)}`)).toMatchObject({
      parameter: 'from',
      limit: '2 days',
    });
  });
});
