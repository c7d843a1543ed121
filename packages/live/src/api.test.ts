import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, CITY, recordCity } from '../../../test/history/city.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';
import { type Change, changes } from './api/change.ts';
import { feeds } from './api/feed.ts';
import { station, stationFeatures, stations } from './api/station.ts';
import { systemDetail, systems } from './api/system.ts';

let store: TestStore;
let live: TestLive;

const DAY = 'from=2026-06-15T12:00:00Z&to=2026-06-15T13:00:00Z';

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl, {
    corsOrigins: ['https://maps.example.org'],
    gbfsUnlicensed: true,
  });
  await recordCity(store);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

describe('/systems', () => {
  test('lists every system with its totals, and says which is made up', async () => {
    const { systems: found } = systems.parse(await live.json('/systems'));
    expect(found.map(({ system_id, simulated }) => [system_id, simulated])).toEqual([
      ['city', false],
      ['other', false],
      ['sim', true],
    ]);
    expect(found[0]).toMatchObject({
      name: 'City Bikes',
      timezone: 'Europe/Oslo',
      stations: 2,
      bikes: 3,
      docks: 8,
      empty: 0,
      full: 0,
      first_observed_at: at(2),
      last_observed_at: at(780),
      bounds: [10.7, 59.9, 10.8, 59.95],
    });
    expect(found[1]).toMatchObject({ bikes: 9, docks: 0, full: 1, bounds: null });
    expect(found[2]).toMatchObject({ stations: 0, bikes: null, last_observed_at: null, bounds: null });
  });

  test('finds systems by words, however they are spelled, and by where they are', async () => {
    const found = async (query: string) =>
      systems.parse(await live.json(`/systems?${query}`)).systems.map(({ system_id }) => system_id);
    expect(await found('text=CITY%20bik%C3%A9s')).toEqual(['city']);
    expect(await found('text=city%20other')).toEqual([]);
    expect(await found('bbox=10.75,59.8,11,60')).toEqual(['city']);
    expect(await found('bbox=11,59.8,12,60')).toEqual([]);
    expect(await found('country=no')).toEqual([]);
  });

  test.each(['bbox=1,2,3', 'bbox=a,b,c,d', 'country=Norway'])('refuses %s', async (query) => {
    expect((await live.get(`/systems?${query}`)).status).toBe(400);
  });

  test('gives one with the health of its feeds', async () => {
    const one = systemDetail.parse(await live.json(CITY));
    expect(one.feeds.map(({ feed }) => feed)).toEqual([
      'station_information',
      'station_status',
      'system_information',
    ]);
    expect(feeds.parse(await live.json(`${CITY}/feeds`)).feeds).toEqual(one.feeds);
  });
});

describe('/stations', () => {
  test('gives each as it is now, as JSON, GeoJSON, CSV and alone', async () => {
    const all = stations.parse(await live.json(`${CITY}/stations`));
    expect(all).toMatchObject({ observed_at: at(780), cursor: `${Date.parse(at(780))}` });
    expect(all.stations).toMatchObject([
      {
        station_id: '1',
        name: 'Square, "Old"',
        num_bikes_available: 2,
        num_docks_available: 8,
        state: 'ok',
        observed_at: at(780),
      },
      {
        station_id: 'ü/2',
        num_bikes_available: 1,
        num_docks_available: null,
        is_renting: true,
        is_returning: null,
      },
    ]);
    const [one, two] = all.stations;
    expect(station.parse(await live.json(`${CITY}/stations/1`))).toEqual(one);
    expect(station.parse(await live.json(`${CITY}/stations/${encodeURIComponent('ü/2')}`))).toEqual(two);
    const answer = await live.get(`${CITY}/stations.geojson`);
    expect(answer.headers.get('content-type')).toBe('application/geo+json');
    const { features } = stationFeatures.parse(await answer.json());
    expect(features[0]).toMatchObject({
      id: '1',
      geometry: { type: 'Point', coordinates: [10.7, 59.9] },
      properties: { num_bikes_available: 2 },
    });
    const csv = await (await live.get(`${CITY}/stations.csv`)).text();
    expect(csv.split('\r\n').slice(0, 2)).toEqual([
      'station_id,name,lat,lon,capacity,num_bikes_available,num_docks_available,num_bikes_disabled,num_docks_disabled,is_installed,is_renting,is_returning,state,state_since,first_observed_at,observed_at,num_ebikes_available',
      `1,"Square, ""Old""",59.9,10.7,10,2,8,,,,,,ok,${at(720)},${at(2)},${at(780)},`,
    ]);
    expect(csv).toContain("ü/2,'=Park(),59.95");
  });

  test('are not sent again to a client that has them, and are sent compressed to one that can unpack them', async () => {
    const first = await live.get(`${CITY}/stations`);
    const etag = first.headers.get('etag') as string;
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await live.get(`${CITY}/stations`, { headers: { 'if-none-match': `"other", ${etag}` } });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await live.get(`${CITY}/stations`, { headers: { 'if-none-match': '"other"' } })).status).toBe(
      200,
    );
    for (const known of [etag.replace(/^W\//, ''), '*'])
      expect((await live.get(`${CITY}/stations`, { headers: { 'if-none-match': known } })).status).toBe(304);
    expect((await live.get(`${CITY}/changes?${DAY}`)).headers.get('content-encoding')).toBe('gzip');
    const plain = await live.get(`${CITY}/changes?${DAY}`, { headers: { 'accept-encoding': 'gzip;q=0' } });
    expect(plain.headers.get('content-encoding')).toBeNull();
  });
});

describe('/changes', () => {
  test('come page by page, each once, in order, and the last cursor continues with later changes', async () => {
    const expected = await store.ask(
      `select station_id, observed_at, bikes_delta, gap_seconds from api.station_change where system_id = 'city' order by observed_at, station_id collate "C"`,
    );
    expect(expected).toHaveLength(4);
    const found: Change[] = [];
    let path: string | null = `${CITY}/changes?${DAY}&limit=1`;
    let cursor = '';
    while (path !== null) {
      const page = changes.parse(await live.json(path));
      expect(page.changes.length).toBeLessThanOrEqual(1);
      found.push(...page.changes);
      cursor = page.cursor;
      path =
        page.next === null ? null : `${CITY}/changes?${DAY}&limit=1&after=${encodeURIComponent(page.next)}`;
    }
    expect(
      found.map(({ station_id, observed_at, bikes_delta, gap_seconds }) => ({
        station_id,
        observed_at,
        bikes_delta,
        gap_seconds,
      })),
    ).toEqual(expected.map((row) => ({ ...row, observed_at: at(row.observed_at as number) })));
    const nothing = changes.parse(
      await live.json(`${CITY}/changes?after=${encodeURIComponent(cursor)}&to=2026-06-15T13:00:00Z`),
    );
    expect(nothing).toMatchObject({ changes: [], next: null, cursor });
  });

  test('begin after a cursor of the stations or of an event, and at `from` without one', async () => {
    const ids = async (query: string) =>
      changes
        .parse(await live.json(`${CITY}/changes?${query}`))
        .changes.map(({ observed_at }) => observed_at);
    expect(await ids(`after=${Date.parse(at(60))}&to=${at(900)}`)).toEqual([at(120), at(720), at(780)]);
    expect(await ids(`after=1&to=${at(900)}`)).toEqual([at(60), at(120), at(720), at(780)]);
    expect(await ids(`from=${at(60)}&to=${at(120)}`)).toEqual([at(60), at(120)]);
    expect(await ids(`from=${at(61)}&to=${at(119)}`)).toEqual([]);
  });

  test('an offset may be written with a plus sign, as curl sends it, or with %2B', async () => {
    const found = async (from: string) =>
      changes.parse(await live.json(`${CITY}/changes?from=${from}&to=${at(3600)}`)).changes.length;
    const inUtc = await found(at(100));
    const inOslo = at(100).replace('T12:', 'T14:').replace('Z', '');
    expect([await found(`${inOslo}+02:00`), await found(`${inOslo}%2B02:00`)]).toEqual([inUtc, inUtc]);
    expect(inUtc).toBeGreaterThan(0);
  });

  test('as CSV are the same', async () => {
    const csv = await (await live.get(`${CITY}/changes.csv?${DAY}`)).text();
    const lines = csv.trimEnd().split('\r\n');
    expect(lines).toHaveLength(5);
    expect(lines[1]).toBe(`1,"Square, ""Old""",59.9,10.7,${at(60)},${at(2)},4,5,-1,6,5,1,0`);
  });
});

test('another host may ask from a browser only when it was named, events included', async () => {
  const allowed = async (path: string, origin: string) =>
    (await live.get(path, { headers: { origin }, signal: AbortSignal.timeout(60_000) })).headers.get(
      'access-control-allow-origin',
    );
  for (const path of ['/systems', `${CITY}/events`, `${CITY}/stations/events`]) {
    expect(await allowed(path, 'https://maps.example.org'), path).toBe('https://maps.example.org');
    expect(await allowed(path, 'https://evil.example.org'), path).toBeNull();
  }
});

test('a browser may ask another host with the headers by which events resume and answers are 304', async () => {
  for (const [path, header] of [
    [`${CITY}/events`, 'last-event-id'],
    [`${CITY}/stations`, 'if-none-match'],
  ] as const) {
    const { status, headers } = await live.get(path, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://maps.example.org',
        'access-control-request-method': 'GET',
        'access-control-request-headers': header,
      },
    });
    expect([path, status, headers.get('access-control-allow-headers')]).toEqual([path, 204, header]);
  }
});

test('HEAD gives the status that GET would give, also where GET has no end', async () => {
  const head = async (path: string) => (await live.get(path, { method: 'HEAD' })).status;
  expect(await head(`${CITY}/events`)).toBe(200);
  expect(await head('/systems/nowhere/events')).toBe(404);
  expect(await head('/systems/nowhere/stations')).toBe(404);
});

test('a 304 and HEAD name Accept-Encoding in Vary, once, as the whole answer does', async () => {
  const whole = await live.get(`${CITY}/stations`);
  await whole.text();
  const known = { 'if-none-match': whole.headers.get('etag') ?? '' };
  const answers = [
    whole,
    await live.get(`${CITY}/stations`, { headers: known }),
    await live.get(`${CITY}/stations`, { method: 'HEAD' }),
    await live.get('/systems'),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get('vary')])).toEqual([
    [200, 'Accept-Encoding, Origin'],
    [304, 'Accept-Encoding, Origin'],
    [200, 'Accept-Encoding, Origin'],
    [200, 'Accept-Encoding, Origin'],
  ]);
});
