import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, START, type TestStore } from '../../test/workers/test-store.ts';
import { BAD } from '../src/colours.ts';
import { askPanel } from './ask-panel.ts';
import { connect } from './run-query.ts';

/**
 * What the overview's tiles, table and map say of one moment: `live` answers, `silent` has not for four minutes (the next poll is late, but the
 * feed is not overdue yet), `frozen` answers with what it published seven hours ago.
 */
const HOUR = 3600;
const MINUTE = 60;
const now = Math.floor((Date.now() - START) / 1000);
const PRESENT: [number, number] = [now - 6 * HOUR, now];

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  await polls('live', 2, now, (second) => second);
  await polls('silent', 2, now - 4 * MINUTE, (second) => second);
  await polls('frozen', 8, now, () => now - 7 * HOUR);
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

/** Polls each minute for so many hours, of two stations that do not change. @param stampAt the publisher's last_updated */
async function polls(system_id: string, hours: number, end: number, stampAt: (second: number) => number) {
  const stations = ['1', '2'].map((station_id) => ({ station_id, name: station_id, lat: 59, lon: 10 }));
  const counts = stations.map(({ station_id }) => ({
    station_id,
    num_bikes_available: 4,
    num_docks_available: 4,
  }));
  const start = end - hours * HOUR;
  await store.store([
    store.message({ system_id, feed: 'station_information', second: start, body: { data: { stations } } }),
    ...Array.from({ length: hours * 60 + 1 }, (_, minute) => start + minute * MINUTE).map((second) =>
      store.message({
        system_id,
        second,
        body: {
          last_updated: Math.floor(START / 1000) + Math.min(stampAt(second), second),
          ttl: 60,
          data: { stations: counts },
        },
      }),
    ),
  ]);
}

const ask = (title: string) => askPanel(reader, ['overview.json', title], PRESENT);

test('tiles count those stations that the map draws as observed, and the table says the same of each system', async () => {
  expect(await ask('Colours, and how many are drawn')).toMatchObject([
    { 'Some of both': 2, 'Not observed': 4 },
  ]);
  expect(await ask('Stations')).toEqual([{ Stations: 2 }]);
  expect(await ask('Bikes to rent')).toEqual([{ Bikes: 8 }]);
  const rows = await ask('System by system');
  expect(rows.map(({ System, Status, Stations, Bikes }) => [System, Status, Stations, Bikes])).toEqual([
    ['live', 'on time', 2, 8],
    ['frozen', 'late', null, null],
    ['silent', 'on time', null, null],
  ]);
  const points = await ask('Bikes and docks at the end of this time');
  for (const { System, Bikes, Docks } of points)
    expect([Bikes, Docks]).toEqual(System === 'live' ? [4, 4] : [null, null]);
});

test('an age is orange where the tiles beside it say "not observed", also before five minutes are over', async () => {
  for (const file of ['system.json', 'station.json'])
    for (const [system, color] of [
      ['live', null],
      ['silent', BAD],
    ] as const) {
      const chosen = { system, station: '1' };
      const [age] = await askPanel(reader, [file, 'Age of the data'], PRESENT, chosen);
      expect(age, file).toMatchObject({ name: 'Age', color });
      expect(Number(age?.Age)).toBeLessThan(5 * MINUTE);
      if (file === 'system.json')
        expect(await askPanel(reader, [file, 'Stations'], PRESENT, chosen)).toEqual([
          { Stations: system === 'live' ? 2 : null },
        ]);
    }
});

test('the age of a system and of its stations is that of the data, not of the answer that repeats it', async () => {
  const ages = async (system: string) => {
    const chosen = { system, station: '1' };
    const [ofSystem] = await askPanel(reader, ['system.json', 'Age of the data'], PRESENT, chosen);
    const [ofStation] = await askPanel(reader, ['station.json', 'Age of the data'], PRESENT, chosen);
    return [Number(ofSystem?.Age), Number(ofStation?.Age)];
  };
  for (const age of await ages('live')) expect(age).toBeLessThan(MINUTE);
  for (const age of await ages('frozen')) expect(age).toBeGreaterThan(6 * HOUR);
  const frozen = (await ask('Bikes and docks at the end of this time')).find(
    ({ System }) => System === 'frozen',
  );
  expect(Number(frozen?.['Age of data'])).toBeGreaterThan(6 * HOUR);
});
