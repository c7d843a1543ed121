import { decodeStationStatus } from '@velolog/gbfs/feeds/station-status';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../simulator.ts';
import type { FaultInput } from './faults.ts';

const STATIONS = 30;
let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ systems: 2, stations: STATIONS, ttlSeconds: 3600 });
});
beforeEach(() => simulator.clearFaults());
afterAll(() => simulator.close());

test('too_many_requests answers 429 with Retry-After in seconds or as a date', async () => {
  const inSeconds = await spoiled({ kind: 'too_many_requests', retry_after_seconds: 7 });
  expect([inSeconds.status, inSeconds.headers.get('retry-after')]).toEqual([429, '7']);
  const asDate = await spoiled({ kind: 'too_many_requests', retry_after_seconds: 90, written_as: 'date' });
  const waitMs = Date.parse(asDate.headers.get('retry-after') ?? '') - Date.now();
  expect(waitMs).toBeGreaterThan(30_000);
  expect(waitMs).toBeLessThanOrEqual(90_000);
});

test('error answers 500 or the status asked for', async () => {
  expect((await spoiled({ kind: 'error' })).status).toBe(500);
  expect((await spoiled({ kind: 'error', status: 404 })).status).toBe(404);
});

test('slow waits before the headers, then within the body, and is whole in the end', async () => {
  simulator.setFaults('sim-oslo', [{ kind: 'slow', headers_ms: 80, body_ms: 120 }]);
  const began = performance.now();
  const response = await get();
  const headersAfterMs = performance.now() - began;
  const { data } = await statusOf(response);
  const bodyAfterMs = performance.now() - began;
  // Timers may fire a millisecond early, never much earlier; how much later is the machine's affair.
  expect(headersAfterMs).toBeGreaterThan(75);
  expect(bodyAfterMs - headersAfterMs).toBeGreaterThan(60);
  expect(data.stations).toHaveLength(STATIONS);
});

test('hang never ends: without headers, after the headers, or in the middle of the body', async () => {
  simulator.setFaults('sim-oslo', [{ kind: 'hang' }]);
  await expect(get({ signal: AbortSignal.timeout(100) })).rejects.toThrow('aborted due to timeout');
  for (const after of ['headers', 'half_body'] as const) {
    simulator.setFaults('sim-oslo', [{ kind: 'hang', after }]);
    const giveUp = new AbortController();
    const response = await get({ signal: giveUp.signal });
    const reader = response.body?.getReader();
    if (after === 'half_body') expect((await reader?.read())?.value?.length).toBeGreaterThan(1000);
    const pending = reader?.read();
    const first = await Promise.race([
      pending,
      new Promise((resolve) => setImmediate(() => resolve('nothing yet'))),
    ]);
    expect(first).toBe('nothing yet');
    giveUp.abort();
    await expect(pending).rejects.toThrow();
  }
});

test('cut_body loses the connection half-way, or ends as if half were all', async () => {
  simulator.setFaults('sim-oslo', [{ kind: 'cut_body' }]);
  const response = await get();
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow('terminated');
  const text = await (await spoiled({ kind: 'cut_body', ending: 'clean' })).text();
  expect(text.length).toBeGreaterThan(1000);
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
});

test('empty_body is 200, JSON by its type, and nothing', async () => {
  const response = await spoiled({ kind: 'empty_body' });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    'application/json; charset=utf-8',
  ]);
  expect(await response.text()).toBe('');
});

test('html is a page of maintenance with 200', async () => {
  const response = await spoiled({ kind: 'html' });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8']);
  expect(await response.text()).toContain('<h1>We will be back soon</h1>');
});

test('too_large_body is one byte above 32 MiB or as asked for, and sound but for its size', async () => {
  const plain = await spoiled({ kind: 'too_large_body' }, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-length')).toBe(String(32 * 1024 * 1024 + 1));
  await plain.body?.cancel();
  const packed = await spoiled(
    { kind: 'too_large_body', bytes: 1_000_001 },
    { headers: { 'accept-encoding': 'gzip' } },
  );
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  const text = await packed.text();
  expect(text.length).toBe(1_000_001);
  expect(JSON.parse(text).data.stations).toHaveLength(STATIONS);
});

test('invalid_rows spoils some rows and repeats one; the rest decodes', async () => {
  const decoded = decodeStationStatus(await (await spoiled({ kind: 'invalid_rows', rows: 8 })).json());
  const skipped = Object.values(decoded.skipped).reduce((sum, count) => sum + count, 0);
  // No id twice, no object twice, one doubled.
  expect(skipped).toBe(5);
  expect(decoded.rows).toHaveLength(STATIONS + 1 - skipped);
  expect(Object.values(decoded.coerced).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(0);
});

test('vanished_stations leaves stations out, empty_list all', async () => {
  const { data } = await statusOf(await spoiled({ kind: 'vanished_stations', rows: 4 }));
  expect(data.stations.map(({ station_id }) => station_id)).not.toContain('4');
  expect(data.stations).toHaveLength(STATIONS - 4);
  expect((await statusOf(await spoiled({ kind: 'empty_list' }))).data.stations).toEqual([]);
});

test('clock_skew moves last_updated and last_reported of each version', async () => {
  await using versions = await startSimulator({
    systems: 3,
    stations: 5,
    versions: ['1.0', '2.3', '3.0'],
    ttlSeconds: 3600,
  });
  for (const { system_id } of versions.systems) {
    const url = `${versions.url}/${system_id}/station_status.json`;
    const before = decodeStationStatus(await (await fetch(url)).json());
    versions.setFaults(system_id, [{ kind: 'clock_skew', seconds: -7200 }]);
    const after = decodeStationStatus(await (await fetch(url)).json());
    expect(after.last_updated).toBe(Number(before.last_updated) - 7200);
    expect(after.rows[0]?.last_reported).toBe(Number(before.rows[0]?.last_reported) - 7200);
  }
});

test('broken content has no validators and is sent to a reader that has the true document', async () => {
  const etag = (await get()).headers.get('etag') ?? '';
  expect((await get({ headers: { 'if-none-match': etag } })).status).toBe(304);
  const response = await spoiled({ kind: 'empty_list' }, { headers: { 'if-none-match': etag } });
  expect([response.status, response.headers.get('etag')]).toEqual([200, null]);
});

test('faults of the content add up, also with one of the transport', async () => {
  simulator.setFaults('sim-oslo', [
    { kind: 'vanished_stations', rows: 10 },
    { kind: 'vanished_stations', rows: 5 },
    { kind: 'slow', headers_ms: 1 },
  ]);
  expect((await statusOf(await get())).data.stations).toHaveLength(STATIONS - 15);
});

test('a fault is for one system, one feed and so many answers if it says so', async () => {
  simulator.setFaults('sim-oslo', [{ kind: 'error', feed: 'station_status', times: 2 }]);
  const statuses: number[] = [];
  for (const path of [
    'sim-berlin/station_status',
    'sim-oslo/gbfs',
    ...Array(3).fill('sim-oslo/station_status'),
  ]) {
    statuses.push((await fetch(`${simulator.url}/${path}.json`)).status);
  }
  expect(statuses).toEqual([200, 200, 500, 500, 200]);
});

test('* is for all systems, but those with faults of their own', async () => {
  simulator.setFaults('*', [{ kind: 'error', status: 503 }]);
  simulator.setFaults('sim-berlin', [{ kind: 'error', status: 502 }]);
  expect((await get()).status).toBe(503);
  expect((await fetch(`${simulator.url}/sim-berlin/gbfs.json`)).status).toBe(502);
});

test('a fault leaves other systems alone and the truth as it is', async () => {
  const truth = simulator.truth('sim-oslo');
  simulator.setFaults('sim-oslo', [{ kind: 'hang' }]);
  const giveUp = new AbortController();
  const hanging = get({ signal: giveUp.signal }).catch(() => 'gave up');
  expect((await fetch(`${simulator.url}/sim-berlin/station_status.json`)).status).toBe(200);
  expect(simulator.truth('sim-oslo')).toEqual(truth);
  giveUp.abort();
  expect(await hanging).toBe('gave up');
});

test('faults are switched over HTTP and reported back', async () => {
  const response = await order({ system_id: 'sim-oslo', faults: [{ kind: 'error' }] });
  const expected = { 'sim-oslo': [{ kind: 'error', status: 500 }] };
  expect([response.status, await response.json()]).toEqual([200, expected]);
  expect(await (await fetch(`${simulator.url}/control/faults`)).json()).toEqual(expected);
  expect((await get()).status).toBe(500);
  await order({ system_id: 'sim-oslo', faults: [] });
  expect((await get()).status).toBe(200);
});

test('wrong orders are refused with every reason and change nothing', async () => {
  const refusal = async (body: unknown) => {
    const response = await order(body);
    const { error } = (await response.json()) as { error: string };
    return `${response.status} ${error}`;
  };
  const wrong = {
    system_id: 'sim-oslo',
    faults: [{ kind: 'sulk' }, { kind: 'slow', headers_ms: -1 }],
    extra: 1,
  };
  expect(await refusal(wrong)).toMatch(/^400 [\s\S]*extra[\s\S]*faults\[0\][\s\S]*faults\[1\]\.headers_ms/);
  expect(await refusal({ system_id: 'sim-atlantis', faults: [] })).toBe(
    '404 There is no simulated system sim-atlantis',
  );
  expect(await refusal('{')).toBe('400 The body is not JSON');
  expect(simulator.activeFaults()).toEqual({});
});

test('closing does not wait for answers that hang', async () => {
  const closing = await startSimulator({ stations: 5 });
  closing.setFaults('*', [{ kind: 'hang' }]);
  const hanging = fetch(closing.discoveryUrl('sim-oslo')).catch(() => 'cut');
  closing.setFaults('*', [{ kind: 'slow', headers_ms: 3_600_000 }]);
  const waiting = fetch(closing.discoveryUrl('sim-oslo')).catch(() => 'cut');
  await closing.close();
  expect(await Promise.all([hanging, waiting])).toEqual(['cut', 'cut']);
});

async function get(init?: RequestInit): Promise<Response> {
  return fetch(`${simulator.url}/sim-oslo/station_status.json`, init);
}

async function spoiled(fault: FaultInput, init?: RequestInit): Promise<Response> {
  simulator.setFaults('sim-oslo', [fault]);
  return get(init);
}

async function statusOf(response: Response) {
  return (await response.json()) as { data: { stations: { station_id: string }[] } };
}

async function order(body: unknown): Promise<Response> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${simulator.url}/control/faults`, { method: 'POST', body: text });
}
