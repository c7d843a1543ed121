import { ID_LENGTH_MAX } from '@velolog/gbfs/values/id';
import { isSystemId } from '@velolog/gbfs/values/system-id';
import { parseSystems } from '@velolog/ingest/sources/systems';
import { isName } from '@velolog/stream/poll-headers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestLive, type TestLive } from './workers/test-live.ts';
import { openTestStore, START, type TestStore } from './workers/test-store.ts';

/** The longest id there may be, of system and stations, and the two that no path of a URL can hold. */
const SYSTEM = `s${'y'.repeat(ID_LENGTH_MAX - 1)}`;
const IDS = ['.', '..', 'a'.repeat(ID_LENGTH_MAX), `ö${'/?#%'.repeat(63)}..`];

let store: TestStore;
let live: TestLive;

beforeAll(async () => {
  store = await openTestStore();
  live = await startTestLive(store.readerUrl);
  const stations = (bikes: number) =>
    IDS.map((station_id) => ({ station_id, num_bikes_available: bikes, num_docks_available: 1 }));
  for (const second of [0, 60, 120]) await store.poll(SYSTEM, second, stations(second));
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

test('an id may be as long in a feed, in Kafka, in systems.json and for an import', () => {
  const systems = (id: string) =>
    JSON.stringify({ systems: [{ id, discovery_url: 'https://example.org/gbfs.json' }] });
  expect(parseSystems(systems(SYSTEM), 'systems.json')).toHaveLength(1);
  expect([isName(SYSTEM), isSystemId(SYSTEM)]).toEqual([true, true]);
  const longer = `${SYSTEM}y`;
  expect(() => parseSystems(systems(longer), 'systems.json')).toThrow('expected up to 255');
  expect([isName(longer), isSystemId(longer)]).toEqual([false, false]);
});

test.each(IDS)('a station with the id %j can be asked for, alone and with its history', async (id) => {
  const query = `id=${encodeURIComponent(id)}`;
  const window = `from=${new Date(START).toISOString()}&to=${new Date(START + 180_000).toISOString()}`;
  const answers = [
    await live.json(`/systems/${SYSTEM}/station?${query}`),
    await live.json(`/systems/${SYSTEM}/station/history?${query}&${window}`),
  ];
  if (!/^\.+$/.test(id)) {
    const path = `/systems/${SYSTEM}/stations/${encodeURIComponent(id)}`;
    answers.push(await live.json(path), await live.json(`${path}/history?${window}`));
  }
  for (const answer of answers) expect(answer).toMatchObject({ station_id: id });
});

test('paging through changes one by one comes to the end, whatever the ids are', async () => {
  const window = `from=${new Date(START).toISOString()}&to=${new Date(START + 180_000).toISOString()}`;
  const seen: string[] = [];
  for (let after = ''; ; ) {
    const page = await live.json(`/systems/${SYSTEM}/changes?${window}&limit=1${after}`);
    const [change] = page.changes as { station_id: string }[];
    if (change !== undefined) seen.push(change.station_id);
    if (page.next === null) break;
    after = `&after=${encodeURIComponent(String(page.next))}`;
  }
  expect(seen.toSorted()).toEqual([...IDS, ...IDS].toSorted());
});
