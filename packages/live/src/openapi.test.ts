import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { at, recordCity } from '../../../test/history/city.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

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

const HOUR = `?from=${at(0)}&to=${at(3600)}`;

/** What is asked below /api/v1, and how, so that there is something to answer. */
const QUESTIONS: Record<string, string> = {
  '/systems': '',
  '/systems/city': '',
  '/systems/city/feeds': '',
  '/systems/city/stations': '',
  '/systems/city/stations.geojson': '',
  '/systems/city/stations/1': '',
  '/systems/city/stations/1/history': `?from=${at(0)}&to=${at(100 * 86_400)}`,
  '/systems/city/station': '?id=1',
  '/systems/city/station/history': `${HOUR}&id=1`,
  '/systems/city/vehicles': '',
  '/systems/city/vehicles.geojson': '',
  '/systems/city/vehicle-types': '',
  '/systems/city/documents': '',
  '/systems/city/alerts': '',
  '/systems/city/zones': '',
  '/systems/city/changes': HOUR,
  '/systems/city/outages': HOUR,
  '/systems/city/replay': HOUR,
  '/systems/city/vehicles/replay': HOUR,
  '/systems/city/forecast': '',
  '/systems/city/quality': '',
  '/stations': '?bbox=10,59,11,60',
  '/stations/nearest': '?lat=59.9&lon=10.7',
};

function matches(known: string, path: string): boolean {
  return new RegExp(`^${known.replaceAll('.', String.raw`\.`).replaceAll(/{\w+}/g, '[^/]+')}$`).test(path);
}

test('the document has 304 and ETag for exactly the routes that send an ETag', async () => {
  type Answers = Record<string, { headers?: Record<string, unknown> }>;
  const { paths } = (await live.json('/openapi.json')) as {
    paths: Record<string, { get: { responses: Answers; parameters?: { name: string }[] } }>;
  };
  const values: Record<string, string> = { at: at(90), bbox: '10,59,11,60', lat: '59.9', lon: '10.7' };
  for (const [path, { get }] of Object.entries(paths)) {
    if (path.endsWith('/events')) continue;
    // The city has no vehicles.
    if (/^\/gbfs\/.*(vehicle|bike)/.test(path)) continue;
    const url = path.replace('{system_id}', 'city').replace('{station_id}', '1');
    const query = (get.parameters ?? [])
      .flatMap(({ name }) => (name in values ? [`${name}=${values[name]}`] : []))
      .join('&');
    const answer = await fetch(`${live.url}${url}?${query}`);
    await answer.text();
    const sendsEtag = answer.headers.has('etag');
    expect([path, '304' in get.responses]).toEqual([path, sendsEtag]);
    expect([path, 'ETag' in (get.responses['200']?.headers ?? {})]).toEqual([path, sendsEtag]);
  }
});

/** As Ajv does, programs that are made from the document refuse what OpenAPI 3.0 does not have, such as `nullable` without a type. */
test('each answer is as the document says, by a validator that is not ours', async () => {
  type Content = Record<string, { schema: object }>;
  const document = (await live.json('/openapi.json')) as {
    paths: Record<string, { get: { responses: Record<string, { content?: Content }> } }>;
    components: object;
  };
  // All are asked first: compiling keeps this process busy for longer than the server keeps an idle connection.
  const answers: { path: string; status: number; type: string; body: unknown }[] = [];
  for (const [path, query] of Object.entries(QUESTIONS)) {
    const answer = await live.get(path + query);
    const [type = ''] = answer.headers.get('content-type')?.split(';') ?? [];
    answers.push({ path, status: answer.status, type, body: await answer.json() });
  }
  const ajv = new Ajv.default({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'https://velolog.invalid/', ...document });
  const absolute = (schema: object) =>
    JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"https://velolog.invalid/#/'));
  for (const [path, { get }] of Object.entries(document.paths))
    for (const { content = {} } of Object.values(get.responses))
      for (const { schema } of Object.values(content))
        expect(() => ajv.compile(absolute(schema)), path).not.toThrow();
  for (const { path, status, type, body } of answers) {
    const described = Object.entries(document.paths).find(([known]) => matches(known, `/api/v1${path}`));
    const { schema } = described?.[1].get.responses[status]?.content?.[type] ?? {};
    const validate = ajv.compile(absolute(schema ?? { not: {} }));
    validate(body);
    expect([path, status, validate.errors]).toEqual([path, 200, null]);
  }
  expect(answers.length).toBeGreaterThan(15);
});

test('the document describes every route that there is', async () => {
  const document = (await live.json('/openapi.json')) as {
    paths: Record<string, unknown>;
    components: { schemas: object };
  };
  const below = (path: string) => `/api/v1/systems/{system_id}${path}`;
  expect(Object.keys(document.paths).sort()).toEqual(
    [
      '/api/v1/stations',
      '/api/v1/stations/nearest',
      '/api/v1/systems',
      '/api/v1/vehicles',
      '/api/v1/vehicles/nearest',
      ...[
        '',
        '/alerts',
        '/changes',
        '/changes.csv',
        '/documents',
        '/documents/{feed}',
        '/events',
        '/feeds',
        '/forecast',
        '/outages',
        '/quality',
        '/quality.html',
        '/replay',
        '/station',
        '/station/history',
        '/stations',
        '/stations.csv',
        '/stations.geojson',
        '/vehicle-types',
        '/vehicles',
        '/vehicles.geojson',
        '/vehicles/replay',
        '/zones',
      ].map(below),
      ...['/stations/{station_id}', '/stations/{station_id}/history'].map(below),
      '/gbfs/manifest.json',
      '/gbfs/{system_id}/licence.txt',
      ...[
        ...['gbfs', 'gbfs_versions', 'station_information', 'station_status', 'system_information'],
        'vehicle_types',
      ].flatMap((file) => ['2.3', '3.0'].map((version) => `/gbfs/{system_id}/${version}/${file}.json`)),
      '/gbfs/{system_id}/2.3/free_bike_status.json',
      '/gbfs/{system_id}/3.0/vehicle_status.json',
    ].sort(),
  );
  expect(Object.keys(document.components.schemas)).toEqual(
    expect.arrayContaining(['Station', 'Change', 'HealthEvent', 'Problem']),
  );
});
