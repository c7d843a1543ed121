import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type SimulatorOptions, startSimulator } from './simulator.ts';

const startedAtMs = Date.UTC(2026, 10, 23, 7);
const FEEDS = ['gbfs', 'system_information', 'station_information', 'station_status'];

test('two runs with one seed answer the same bytes at the same times, whatever was asked in between', async () => {
  const options = {
    systems: 3,
    stations: 60,
    versions: ['1.0', '2.3', '3.0'],
    publicUrl: 'http://simulated.test',
  } as const;
  await using often = await startSteered(options);
  await using seldom = await startSteered(options);
  for (let second = 0; second <= 600; second += 47) {
    often.clock.ms = startedAtMs + second * 1000;
    await often.get('sim-oslo/station_status.json');
  }
  for (const second of [600, 1234, 5000]) {
    for (const run of [often, seldom]) run.clock.ms = startedAtMs + second * 1000;
    for (const path of seldom.systems.flatMap(({ system_id }) =>
      FEEDS.map((feed) => `${system_id}/${feed}.json`),
    )) {
      const [one, other] = [await often.get(path), await seldom.get(path)];
      expect(one.body.equals(other.body), `${path} after ${second} s`).toBe(true);
      expect(one.headers.etag).toBe(other.headers.etag);
    }
  }
});

test('another seed is another city and never has the same entity tag', async () => {
  await using one = await startSteered({ stations: 30, seed: 1 });
  await using other = await startSteered({ stations: 30, seed: 2 });
  const [left, right] = [
    await one.get('sim-oslo/station_status.json'),
    await other.get('sim-oslo/station_status.json'),
  ];
  expect(left.body.equals(right.body)).toBe(false);
  expect(left.headers.etag).not.toBe(right.headers.etag);
});

test('a restart with the same start goes on with the same run', async () => {
  const options = { stations: 80, publicUrl: 'http://simulated.test', timeFactor: 5 };
  await using first = await startSteered(options);
  first.clock.ms += 1_800_000;
  const before = await first.get('sim-oslo/station_status.json');
  await using second = await startSteered(options, startedAtMs + 1_800_000);
  expect((await second.get('sim-oslo/station_status.json')).body.equals(before.body)).toBe(true);
});

test('unchanged content answers 304 without a body, until the next publication', async () => {
  await using run = await startSteered({ stations: 20, ttlSeconds: 10 });
  const first = await run.get('sim-oslo/station_status.json');
  const knows = { 'if-none-match': String(first.headers.etag) };
  run.clock.ms += 9_000;
  const again = await run.get('sim-oslo/station_status.json', knows);
  expect([again.status, again.body.length, again.headers.etag]).toEqual([304, 0, first.headers.etag]);
  run.clock.ms += 1_000;
  const next = await run.get('sim-oslo/station_status.json', knows);
  expect(next.status).toBe(200);
  expect(next.headers.etag).not.toBe(first.headers.etag);
});

test('If-Modified-Since works as well, and yields to If-None-Match', async () => {
  await using run = await startSteered({ stations: 20 });
  const { headers } = await run.get('sim-oslo/station_information.json');
  const since = { 'if-modified-since': String(headers['last-modified']) };
  expect((await run.get('sim-oslo/station_information.json', since)).status).toBe(304);
  const both = { ...since, 'if-none-match': 'W/"other"' };
  expect((await run.get('sim-oslo/station_information.json', both)).status).toBe(200);
});

test('gzip is sent on request, with the same content', async () => {
  await using run = await startSteered({ stations: 100 });
  const plain = await run.get('sim-oslo/station_status.json');
  const packed = await run.get('sim-oslo/station_status.json', { 'accept-encoding': 'br, gzip;q=0.5' });
  const refused = await run.get('sim-oslo/station_status.json', { 'accept-encoding': 'gzip;q=0' });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(packed.headers.vary).toBe('accept-encoding');
  expect(packed.body.length).toBeLessThan(plain.body.length / 5);
  expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
  expect(refused.headers['content-encoding']).toBeUndefined();
});

test('time flies for riders, while last_updated and last_reported keep to the real clock', async () => {
  await using fast = await startSteered({ stations: 300, timeFactor: 60, ttlSeconds: 5 });
  await using real = await startSteered({ stations: 300, timeFactor: 1, ttlSeconds: 5 });
  const changed: number[] = [];
  for (const run of [fast, real]) {
    run.clock.ms += 62_000;
    const now = run.clock.ms / 1000;
    const { last_updated, data } = (await run.get('sim-oslo/station_status.json')).json();
    expect(now - last_updated).toBe(2);
    const reported = data.stations.map(({ last_reported }: { last_reported: number }) => last_reported);
    expect(Math.max(...reported)).toBeLessThanOrEqual(last_updated);
    expect(Math.min(...reported)).toBeGreaterThanOrEqual(last_updated - 300);
    changed.push(run.changesBetween('sim-oslo', startedAtMs, run.clock.ms).length);
  }
  expect(changed[0]).toBeGreaterThan((changed[1] ?? 0) * 5);
});

test('a clock set back gets the newest publication again', async () => {
  await using run = await startSteered({ stations: 50 });
  run.clock.ms += 60_000;
  const newest = await run.get('sim-oslo/station_status.json');
  run.clock.ms -= 45_000;
  expect((await run.get('sim-oslo/station_status.json')).body.equals(newest.body)).toBe(true);
});

test('the truth equals what was published, now and at any time before', async () => {
  await using run = await startSteered({ stations: 40 });
  const published = new Map<number, { bikes: number; docks: number }[]>();
  for (let polls = 0; polls < 20; polls++) {
    const { data } = (await run.get('sim-oslo/station_status.json')).json();
    published.set(run.clock.ms, data.stations.map(countsOf));
    run.clock.ms += 30_000;
  }
  for (const [atMs, counts] of published) {
    const { stations, published_at } = run.truth('sim-oslo', atMs);
    expect(published_at).toEqual(new Date(atMs));
    expect(stations.map(({ bikes, docks }) => ({ bikes, docks }))).toEqual(counts);
  }
});

test('changesBetween equals what a reader of every publication sees', async () => {
  await using run = await startSteered({ stations: 40, ttlSeconds: 15 });
  const seen: unknown[] = [];
  let before = (await run.get('sim-oslo/station_status.json')).json().data.stations;
  for (let polls = 0; polls < 40; polls++) {
    run.clock.ms += 15_000;
    const now = (await run.get('sim-oslo/station_status.json')).json().data.stations;
    for (const [index, station] of now.entries()) {
      const [{ bikes, docks }, prev] = [countsOf(station), countsOf(before[index])];
      if (bikes === prev.bikes && docks === prev.docks) continue;
      const at = new Date(run.clock.ms);
      seen.push({
        station_id: station.station_id,
        published_at: at,
        bikes,
        prevBikes: prev.bikes,
        docks,
        prevDocks: prev.docks,
      });
    }
    before = now;
  }
  expect(seen.length).toBeGreaterThan(20);
  expect(run.changesBetween('sim-oslo', startedAtMs, run.clock.ms)).toEqual(seen);
});

test('the index and systems.json lead to every system and call it simulated', async () => {
  await using run = await startSteered({ systems: 3, stations: 10 });
  const page = (await run.get('')).body.toString();
  expect(page).toContain('Simulated city Berlin (simulated)');
  const file = (await run.get('systems.json')).json();
  expect(file).toEqual(run.systemsFile());
  expect(file.systems).toHaveLength(3);
  for (const { id, discovery_url } of file.systems) {
    expect(page).toContain(`href="/${id}/gbfs.json"`);
    const discovery = await run.get(new URL(discovery_url).pathname.slice(1));
    for (const { url } of discovery.json().data.en.feeds) expect((await fetch(url)).status, url).toBe(200);
  }
});

test('requests are reported with their headers before they are answered', async () => {
  const told: string[] = [];
  await using run = await startSteered({
    stations: 10,
    onRequest: ({ system_id, feed, headers, faults }) =>
      told.push(`${system_id} ${feed} ${headers['user-agent']} ${faults}`),
  });
  run.setFaults('sim-oslo', [{ kind: 'html' }]);
  await run.get('sim-oslo/gbfs.json', { 'user-agent': 'tester' });
  expect(told).toEqual(['sim-oslo gbfs tester html']);
});

test('unknown systems, feeds and faults of the options are refused with a reason', async () => {
  await using run = await startSteered({ stations: 10 });
  const missing = await run.get('sim-atlantis/gbfs.json');
  expect([missing.status, missing.json().error]).toEqual([404, 'There is no simulated system sim-atlantis']);
  expect((await run.get('sim-oslo/vehicle_status.json')).status).toBe(404);
  expect(() => run.truth('sim-atlantis')).toThrow('There is no simulated system sim-atlantis');
  await expect(startSimulator({ systems: 0, ttlSeconds: -1 })).rejects.toThrow(/systems[\s\S]*ttlSeconds/);
  await expect(startSimulator({ port: run.port })).rejects.toThrow(
    `Cannot listen on 127.0.0.1:${run.port}: `,
  );
});

test('systems can be spread over several addresses', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux answers on all of 127.0.0.0/8');
  await using run = await startSteered({ systems: 4, stations: 5, hosts: 3 });
  const hosts = run.systems.map(({ system_id }) => new URL(run.discoveryUrl(system_id)).hostname);
  expect(hosts).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.1']);
  for (const { discovery_url } of run.systemsFile().systems)
    expect((await fetch(discovery_url)).status).toBe(200);
});

/** A simulator whose clock stands still until the test moves it. */
async function startSteered(options: SimulatorOptions, nowMs = startedAtMs) {
  const clock = { ms: nowMs };
  const simulator = await startSimulator({ startedAtMs, ...options, now: () => clock.ms });
  const get = (path: string, headers?: Record<string, string>) => getRaw(simulator.port, path, headers);
  return { ...simulator, clock, get };
}

/** Node's own client: fetch would unpack the body and invent headers. */
async function getRaw(port: number, path: string, headers: Record<string, string> = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<import('node:http').IncomingMessage>();
  request({ host: '127.0.0.1', port, path: `/${path}`, headers }, resolve)
    .once('error', reject)
    .end();
  const response = await promise;
  const body = Buffer.concat(await response.toArray());
  return {
    status: response.statusCode,
    headers: response.headers,
    body,
    json: () => JSON.parse(body.toString()),
  };
}

function countsOf(station: { num_bikes_available: number; num_docks_available: number }) {
  return { bikes: station.num_bikes_available, docks: station.num_docks_available };
}
