import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyText } from '../../../test/any-text.ts';
import { startTestLive, type TestLive } from '../../../test/workers/test-live.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';
import { problem } from './api/problem.ts';

type Parameter = { name: string; in: 'path' | 'query' | 'header'; required?: boolean };
type Operation = { parameters?: Parameter[]; responses: Record<string, unknown> };

let store: TestStore;
let live: TestLive;
let operations: [string, Operation][];
beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  for (const second of [0, 30, 60]) {
    await store.poll('city', second, [
      { station_id: '1', num_bikes_available: second, num_docks_available: 3 },
    ]);
  }
  const { paths } = (await live.json('/openapi.json')) as { paths: Record<string, { get: Operation }> };
  operations = Object.entries(paths).map(([path, { get }]) => [path, get]);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

// What has broken servers before: quotes, NUL, half a surrogate, numbers at the edge, times that are none, very long texts.
const nasty = fc.constantFrom(
  '',
  ' ',
  '0',
  '-1',
  '1e309',
  'NaN',
  'null',
  'undefined',
  '[object Object]',
  '%',
  '%00',
  '\0',
  '\ud800',
  '💥',
  '..',
  '../..',
  '.',
  ';',
  "'",
  "' or 1=1 --",
  '$1',
  '$$',
  '\\',
  '"',
  '{}',
  '[]',
  'city',
  '1',
  'CITY',
  '99999999999999',
  '99999999999999.1',
  '0.',
  '1.2.3',
  '2026-06-15T12:00:00Z',
  '2026-06-15T12:00:00+14:00',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  '2026-02-30T00:00:00Z',
  '2999-12-31T23:59:59.999999999Z',
  '1970-01-01T00:00:00Z',
  '2026-06-15T24:00:00Z',
  '2016-12-31T23:59:60Z',
  'x'.repeat(5_000),
);
const time = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date('2999-12-31') })
  .map((date) => date.toISOString());
const near = fc
  .date({ noInvalidDate: true, min: new Date('2026-06-14'), max: new Date('2026-06-17') })
  .map((date) => date.toISOString());
const value = fc.oneof(
  { arbitrary: nasty, weight: 4 },
  { arbitrary: near, weight: 4 },
  { arbitrary: time, weight: 1 },
  { arbitrary: fc.integer({ min: -10, max: 6_000 }).map(String), weight: 2 },
  { arbitrary: anyText(30), weight: 2 },
);

/** Without them a question about a place is none. */
const PLACE: Record<string, string> = { bbox: '10,59,11,60', lat: '59.9', lon: '10.7' };

const encode = (text: string) => encodeURIComponent(text.toWellFormed());

/** A request to one operation with every parameter present or not, plausible or not. */
const request = fc.nat().chain((number) => {
  const [path, { parameters = [] }] = operations[number % operations.length] as [string, Operation];
  const values = parameters.map(({ name, in: place }) =>
    place === 'path'
      ? fc.oneof(
          { arbitrary: fc.constant(name === 'system_id' ? 'city' : '1'), weight: 3 },
          { arbitrary: value, weight: 1 },
        )
      : name in PLACE
        ? fc.oneof(
            { arbitrary: fc.constant(PLACE[name] as string), weight: 3 },
            { arbitrary: value, weight: 1 },
          )
        : fc.option(value),
  );
  return fc.tuple(...values).map((given) => {
    const query = new URLSearchParams();
    let url = path;
    for (const [index, text] of given.entries()) {
      const { name, in: place } = parameters[index] as Parameter;
      if (text === null || place === 'header') continue;
      // Empty or dotted, a segment would make another path.
      if (place === 'path') url = url.replace(`{${name}}`, encode(text).replace(/^\.{0,2}$/, 'city'));
      else query.append(name, text.toWellFormed());
    }
    return { path, url: `${url}?${query}` };
  });
});

test('no request that the document allows, or nearly allows, is answered by a mistake of the server', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  console.log(`fuzz: SEED=${seed}`);
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ path, url }) => {
      const stop = new AbortController();
      const answer = await fetch(live.url + url, { signal: stop.signal });
      seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
      expect(answer.status, url).toBeLessThan(500);
      const declared = operations.find(([known]) => known === path)?.[1].responses ?? {};
      expect(Object.keys(declared), `${url} answered ${answer.status}`).toContain(String(answer.status));
      if (answer.status >= 400) problem.parse(await answer.json());
      else if (!path.endsWith('/events')) await answer.text();
      stop.abort();
    }),
    { seed, numRuns: 400 },
  );
  expect(seen.get(200)).toBeGreaterThan(30);
  expect(seen.get(400)).toBeGreaterThan(30);
  expect(seen.get(404)).toBeGreaterThan(5);
});

test('values of a request are bound to a statement and never part of it', async () => {
  const statements = async () => {
    const rows = await store.ask(
      `select query from pg_stat_activity where usename = 'velolog_reader' and datname = current_database()`,
    );
    return rows.map((row) => row.query as string);
  };
  const marker = "zz'marker";
  for (const [path, { parameters = [] }] of operations) {
    let url = path;
    const query = new URLSearchParams();
    for (const { name, in: place } of parameters) {
      if (place === 'path') url = url.replace(`{${name}}`, encode(marker));
      if (name === 'after') query.append(name, `1000.${marker}`);
      if (name === 'id') query.append(name, marker);
      if (name in PLACE) query.append(name, PLACE[name] as string);
    }
    const answer = await fetch(`${live.url}${url}?${query}`);
    expect([200, 404]).toContain(answer.status);
    await answer.text();
    const sent = await statements();
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.filter((text) => text.includes('marker'))).toEqual([]);
  }
});
