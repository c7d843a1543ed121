import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/workers/test-store.ts';
import { askPanel } from './ask-panel.ts';
import { ARCHIVE_END, HOUR, lastDay, now, recordLiveSilentArchive } from './live-silent-archive.ts';
import { connect } from './run-query.ts';

/** What panels show of an archive, of past time and of stations without counts. */

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  await recordLiveSilentArchive(store);
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

const ask = (file: string, title: string, window: [number, number], chosen = {}) =>
  askPanel(reader, [file, title], window, chosen);

describe('an archive', () => {
  test('counts as neither late, old, current nor worst', async () => {
    expect(await ask('overview.json', 'Systems now', lastDay)).toEqual([{ Systems: 2 }]);
    // One of `live` and one of `silent`.
    expect(await ask('overview.json', 'Feeds late now', lastDay)).toEqual([{ Late: 1 }]);
    const [{ Age } = {}] = await ask('overview.json', 'Oldest data now', lastDay);
    expect(Number(Age)).toBeLessThan(4 * HOUR);
    const worst = await ask('overview.json', 'Feeds, the worst first', lastDay);
    expect(worst.map(({ System }) => System)).toEqual(['silent', 'live']);
    expect(await ask('feed-health.json', 'Late now', lastDay, { system: ['live', 'archive'] })).toEqual([
      { Late: 0 },
    ]);
  });

  test('is called an archive, without current counts or age', async () => {
    const rows = await ask('overview.json', 'System by system', lastDay);
    expect(rows.at(-1)).toMatchObject({
      System: 'archive',
      Status: 'archive',
      Stations: null,
      Bikes: null,
      Age: null,
    });
    expect(await ask('system.json', 'Age of the data', lastDay, { system: 'archive' })).toMatchObject([
      { Age: null, color: null },
    ]);
  });

  test('shows its stations in the time that it covers', async () => {
    const inside: [number, number] = [ARCHIVE_END - HOUR, ARCHIVE_END - 600];
    expect(await ask('overview.json', 'Stations', inside)).toEqual([{ Stations: 3 }]);
    expect(await ask('overview.json', 'Stations', lastDay)).toEqual([{ Stations: 3 }]);
    expect(await ask('system.json', 'Stations', inside, { system: 'archive' })).toEqual([{ Stations: 3 }]);
  });
});

describe('a past time', () => {
  test('shows the stations at its end in tiles and on maps', async () => {
    const before: [number, number] = [now - 2 * HOUR, now - 90 * 60];
    expect(await ask('system.json', 'Bikes to rent', before, { system: 'live' })).toEqual([{ Bikes: 8 }]);
    expect(await ask('system.json', 'Bikes to rent', lastDay, { system: 'live' })).toEqual([{ Bikes: 3 }]);
    const choice = { system: 'live', station: 'runs dry' };
    expect(await ask('station.json', 'State', before, choice)).toEqual([{ State: 'ok' }]);
    expect(await ask('station.json', 'State', lastDay, choice)).toEqual([{ State: 'empty' }]);
    const kinds = await ask('system.json', 'Colours, and how many stations', before, {
      system: 'live',
    });
    expect(kinds[0]).toMatchObject({ 'No bikes': 0, 'Some of both': 2, 'Not known': 1 });
  });
});

describe('a station without a count', () => {
  test('is "not known" on maps and tiles, and in no share of empty or full', async () => {
    const [kinds] = await ask('system.json', 'Colours, and how many stations', lastDay, {
      system: 'live',
    });
    expect(kinds).toMatchObject({ 'No bikes': 1, 'Some of both': 1, 'Not known': 1, 'Not observed': 0 });
    expect(await ask('system.json', 'Empty', lastDay, { system: 'live' })).toEqual([{ Empty: 0.5 }]);
    const choice = { system: 'live', station: 'says nothing' };
    expect(await ask('station.json', 'State', lastDay, choice)).toEqual([{ State: 'unknown' }]);
    const [over] = (
      await ask('system.json', 'Empty, full and closed stations', lastDay, { system: 'live' })
    ).slice(-1);
    expect(over).toMatchObject({ Empty: 1, 'Not known': 1 });
  });
});
