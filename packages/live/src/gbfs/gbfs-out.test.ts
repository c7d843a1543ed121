import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import {
  type GivenStation,
  openTestStore,
  START,
  type TestStore,
} from '../../../../test/workers/test-store.ts';

type Answer = {
  status: number;
  body: Record<string, never> & { data: Record<string, Row[]> };
  headers: Headers;
};
type Row = Record<string, unknown>;

const OPEN = 'https://creativecommons.org/licenses/by/4.0/';
const ON = { is_installed: true, is_renting: true, is_returning: true };

let store: TestStore;
let live: TestLive;
/** Second 0 of what is polled now, on the clock of the machine. */
const now = Math.floor((Date.now() - START) / 1000);
const timeOf = (second: number) => new Date(START + second * 1000).toISOString();

async function get(path: string, init: RequestInit = {}, from = live): Promise<Answer> {
  const answer = await fetch(`${from.url}/gbfs/${path}`, init);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) };
}

async function stationsOf(path: string): Promise<Row[]> {
  return (await get(path)).body.data.stations ?? [];
}

async function describeSystem(system_id: string, license_url: string | null): Promise<void> {
  await store.record({
    system_id,
    feed: 'system_information',
    second: now - 300,
    body: { data: { system_id, name: 'City Bikes', timezone: 'Europe/Oslo', license_url } },
  });
}

function vehicle(bike_id: string, lat: number): Row {
  return { bike_id, lat, lon: 10.7, is_reserved: false, is_disabled: false, vehicle_type_id: 'e' };
}

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl, { vehicleStayDays: 30 });
  await describeSystem('city', OPEN);
  await describeSystem('closed', null);
  await store.record({
    system_id: 'city',
    feed: 'station_information',
    second: now - 300,
    body: { data: { stations: [{ station_id: 'a', name: 'Square', lat: 59.9, lon: 10.7, capacity: 9 }] } },
  });
  const poll = (second: number, stations: GivenStation[]) => store.poll('city', second, stations);
  // An hour ago, then nobody looked, then now.
  await poll(now - 3600, [{ station_id: 'a', num_bikes_available: 5, num_docks_available: 4, ...ON }]);
  await poll(now - 3540, [{ station_id: 'a', num_bikes_available: 4, num_docks_available: 5, ...ON }]);
  const gone = { station_id: 'gone', num_bikes_available: 1, num_docks_available: 1, ...ON };
  await poll(now - 60, [gone, { station_id: 'a', num_bikes_available: 3, num_docks_available: 6, ...ON }]);
  await poll(now - 1, [
    { station_id: 'a', num_bikes_available: 3, num_docks_available: 6, ...ON },
    { station_id: 'no-bikes-told', num_docks_available: 6, ...ON },
    { station_id: 'no-docks-told', num_bikes_available: 2, ...ON },
    { station_id: 'no-flags-told', num_bikes_available: 2, num_docks_available: 6 },
  ]);
  await store.poll('closed', now - 1, [{ station_id: 'a', num_bikes_available: 3, ...ON }]);
  await store.poll('archive', now - 86_400, [{ station_id: 'a', num_bikes_available: 3, ...ON }], {
    imported: true,
  });
  for (const second of [now - 61, now - 1]) {
    const bikes = [vehicle('secret-id', 59.91), vehicle('other-id', 59.92)];
    await store.record({ system_id: 'city', feed: 'free_bike_status', second, body: { data: { bikes } } });
  }
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test('a station whose bikes or flags are not known is left out and counted, docks that are not known are absent, none of them is 0', async () => {
  const { status, body } = await get('city/3.0/station_status.json');
  expect(status).toBe(200);
  expect(body.data.stations).toEqual([
    expect.objectContaining({ station_id: 'a', num_vehicles_available: 3, num_docks_available: 6 }),
    expect.objectContaining({ station_id: 'no-docks-told', num_vehicles_available: 2 }),
  ]);
  expect(body.data.stations?.[1]).not.toHaveProperty('num_docks_available');
  expect(body).toMatchObject({ _left_out: { bikes_unknown: 1, flags_unknown: 1 } });
});

test('a station that was absent at the moment is not listed, and is where it was listed', async () => {
  const idsAt = async (suffix: string) =>
    (await stationsOf(`city/2.3/station_status.json${suffix}`)).map(({ station_id }) => station_id);
  expect(await idsAt('')).not.toContain('gone');
  expect(await idsAt(`?at=${timeOf(now - 60)}`)).toContain('gone');
});

test('a past time shows the counts of that time, and last_reported is the last observation', async () => {
  const at = timeOf(now - 3570);
  expect(await stationsOf(`city/3.0/station_status.json?at=${at}`)).toEqual([
    expect.objectContaining({
      station_id: 'a',
      num_vehicles_available: 5,
      last_reported: at.replace('.000Z', 'Z'),
    }),
  ]);
  expect(await stationsOf(`city/2.3/station_status.json?at=${at}`)).toEqual([
    expect.objectContaining({ num_bikes_available: 5, last_reported: Date.parse(at) / 1000 }),
  ]);
});

test('an unobserved time is 404, with the observations around it', async () => {
  const between = await get(`city/3.0/station_status.json?at=${timeOf(now - 1800)}`);
  expect(between.status).toBe(404);
  expect(between.body).toMatchObject({ detail: expect.stringContaining(timeOf(now - 3540)) });
  expect(between.body).toMatchObject({ detail: expect.stringContaining(timeOf(now - 60)) });
  const before = await get(`city/3.0/station_status.json?at=${timeOf(now - 9000)}`);
  expect(before.status).toBe(404);
  expect(before.body).toMatchObject({ detail: expect.stringContaining(timeOf(now - 3600)) });
});

test('a moment that is still to come is a mistake of the client', async () => {
  const { status, body } = await get(`city/3.0/station_status.json?at=${timeOf(now + 3600)}`);
  expect([status, body]).toEqual([400, expect.objectContaining({ parameter: 'at' })]);
});

test('history that is not polled has a past and no present', async () => {
  const open = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
  try {
    expect((await get('archive/3.0/station_status.json', {}, open)).status).toBe(404);
    const past = await get(`archive/3.0/station_status.json?at=${timeOf(now - 86_400)}`, {}, open);
    expect(past.status).toBe(200);
  } finally {
    await open[Symbol.asyncDispose]();
  }
});

test('a system without a licence is refused and in no manifest, unless the setting says so; then its licence page says that none is known', async () => {
  expect((await get('closed/3.0/gbfs.json')).status).toBe(403);
  const manifest = await get('manifest.json');
  expect(manifest.body.data.datasets?.map(({ system_id }) => system_id)).toEqual(['city']);
  const open = await startTestLive(store.readerUrl, { gbfsUnlicensed: true });
  try {
    const { body } = await get('closed/3.0/system_information.json', {}, open);
    const { license_url } = body.data as unknown as { license_url: string };
    expect(await (await fetch(license_url)).text()).toContain('names no licence');
  } finally {
    await open[Symbol.asyncDispose]();
  }
});

test('the same moment has the same ETag for all, and 304 for a client that has it', async () => {
  const path = `city/3.0/vehicle_status.json?at=${timeOf(now - 31)}`;
  const [first, second] = [await get(path), await get(path)];
  const tag = first.headers.get('etag') ?? '';
  expect(second.headers.get('etag')).toBe(tag);
  expect((await get(path, { headers: { 'if-none-match': tag } })).status).toBe(304);
});

test('ids of vehicles are made for one publication: unique in it, others in the next, never those of the feed', async () => {
  const idsOf = async (path: string) =>
    (await get(path)).body.data.vehicles?.map((row) => String(row.vehicle_id)) ?? [];
  const current = await idsOf('city/3.0/vehicle_status.json');
  const earlier = await idsOf(`city/3.0/vehicle_status.json?at=${timeOf(now - 40)}`);
  const earliest = await idsOf(`city/3.0/vehicle_status.json?at=${timeOf(now - 50)}`);
  expect([current, earlier, earliest].map((ids) => ids.length)).toEqual([2, 2, 2]);
  expect(new Set([...current, ...earlier, ...earliest]).size).toBe(6);
  expect([...current, ...earlier]).not.toContain('secret-id');
});

test('where single vehicles stood is gone after VEHICLE_STAY_DAYS, not an empty city', async () => {
  const { status } = await get(`city/3.0/vehicle_status.json?at=${timeOf(now - 31 * 86_400)}`);
  expect(status).toBe(410);
});

test('a discovery file of the past leads to feeds of the same past', async () => {
  const at = timeOf(now - 3570);
  const { body } = await get(`city/3.0/gbfs.json?at=${at}`);
  const urls = new Map(body.data.feeds?.map(({ name, url }) => [name, String(url)]));
  const status = await fetch(urls.get('station_status') ?? '');
  expect(await status.json()).toMatchObject({ data: { stations: [{ num_vehicles_available: 5 }] } });
});

test('a system that was forgotten is not there', async () => {
  await describeSystem('leaving', OPEN);
  await store.poll('leaving', now - 1, [{ station_id: 'a', num_bikes_available: 3, ...ON }]);
  expect((await get('leaving/3.0/station_status.json')).status).toBe(200);
  await store.store([store.forgetMessage('leaving')]);
  // Another moment: readers of the same second share what was read.
  expect((await get(`leaving/3.0/station_status.json?at=${timeOf(now - 1)}`)).status).toBe(404);
});
