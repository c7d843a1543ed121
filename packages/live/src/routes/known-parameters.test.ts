import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEvents } from '../../../../test/workers/event-source.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';

let store: TestStore;
let live: TestLive;
let paths: [string, { get: { parameters?: { name: string; in: string }[] } }][];
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
  for (const second of [0, 30, 60])
    await store.poll('city', second, [{ station_id: '1', num_bikes_available: second }]);
  paths = Object.entries(((await live.json('/openapi.json')) as { paths: object }).paths);
});
afterAll(async () => {
  await live?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

const CITY = '/systems/city';
const HOUR = 'from=2026-06-15T12:00:00Z&to=2026-06-15T13:00:00Z';

test('a misspelled parameter is refused on every path, with those that there are', async () => {
  expect(paths.length).toBeGreaterThan(30);
  for (const [path, { get }] of paths) {
    const url = live.url + path.replace('{system_id}', 'city').replace(/{\w+}/, '1');
    const answer = await fetch(`${url}?form=2026-06-15T12:00:00Z&bbox=1,2,3,4&lat=1&lon=1`);
    const told = (await answer.json()) as { detail: string; parameter: string };
    expect([answer.status, told.parameter], path).toEqual([400, 'form']);
    for (const { name, in: place } of get.parameters ?? [])
      if (place === 'query') expect(told.detail, path).toContain(name);
  }
});

test('the detail names the parameters of the path', async () => {
  const detailOf = async (path: string) => (await live.json(path)).detail;
  expect(await detailOf(`${CITY}/changes?form=x`)).toBe(
    'form: is not a parameter here; there are after, from, limit, to',
  );
  expect(await detailOf(`${CITY}/quality?day=1`)).toBe('day: is not a parameter here; the only one is days');
  expect(await detailOf(`${CITY}/stations?limit=5`)).toBe('limit: is not a parameter here; there are none');
});

test('a parameter that is given twice is refused and named, not taken for a wrong value', async () => {
  const twice = await live.json(`${CITY}/changes?limit=1&limit=2`);
  expect(twice).toMatchObject({
    status: 400,
    parameter: 'limit',
    detail: 'limit: is given 2 times; it takes one value',
  });
  expect((await live.get(`${CITY}/changes?_=1&_=2`)).status).toBe(200);
});

test.each([
  ['limit=', 'limit: must be a number'],
  ['limit=0x10', 'limit: must be a number'],
  ['limit=NaN', 'limit: must be a number'],
  ['limit=1.5', 'limit: must be a whole number'],
  ['limit=0', 'limit: must be 1 or more'],
  ['limit=99999999999999999999999', 'limit: must be 5000 or less'],
])('%s is answered with what is wrong with it', async (query, detail) => {
  expect(await live.json(`${CITY}/changes?${query}`)).toMatchObject({ status: 400, detail });
});

test('an id or a text that is missing, empty or too long is said in words', async () => {
  const detailOf = async (path: string) => (await live.json(path)).detail;
  expect(await detailOf(`${CITY}/station`)).toBe('id: must be given');
  expect(await detailOf(`${CITY}/station?id=`)).toBe('id: must not be empty');
  const long = 'x'.repeat(256);
  expect(await detailOf(`${CITY}/station?id=${long}`)).toBe('id: must have 255 characters or fewer');
  expect(await detailOf(`/systems?text=${long}`)).toBe('text: must have 200 characters or fewer');
});

test('`_`, by which scripts pass caches, changes no answer', async () => {
  const plain = await live.json(`${CITY}/changes?${HOUR}`);
  expect(plain.changes).toHaveLength(2);
  expect(await live.json(`${CITY}/changes?${HOUR}&_=1781524800000`)).toEqual(plain);
  expect((await live.get(`${CITY}/stations?_=1`)).status).toBe(200);
});

test('a client of events that can set no header resumes by lastEventId, which counts more than the first `after`', async () => {
  const first = Date.parse('2026-06-15T12:00:00Z');
  const url = `${live.url}/api/v1${CITY}/events?after=${first}&lastEventId=${first + 30_000}`;
  const client = await openEvents(url);
  const { event, data } = await client.next();
  client.close();
  expect(event).toBe('stations');
  expect(data.changes).toMatchObject([{ num_bikes_available: 60, prev_num_bikes_available: 30 }]);
  const refused = await live.json(`${CITY}/events?lastEventId=yesterday`);
  expect(refused).toMatchObject({ status: 400, parameter: 'lastEventId' });
});
