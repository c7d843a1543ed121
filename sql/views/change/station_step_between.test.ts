import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GivenStation, openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const station = (bikes: number, docks: number): GivenStation => ({
  station_id: '1',
  is_installed: true,
  is_renting: true,
  is_returning: true,
  num_bikes_available: bikes,
  num_docks_available: docks,
});
const other: GivenStation = { ...station(1, 1), station_id: 'other' };

/** The steps of a system's station 1, each as one line. */
async function steps(system: string, from: number, to: number, id = '1'): Promise<string[]> {
  const rows = await store.ask(
    'select * from api.station_step_between($1::timestamptz, $2::timestamptz, $3, $4) order by at',
    [new Date(START + from * 1000), new Date(START + to * 1000), system, id],
  );
  return rows.map((row) => `${row.at}: ${row.num_bikes_available}/${row.num_docks_available} ${row.state}`);
}

describe('station_step_between', () => {
  test('a step where something changed, the value at the start of the window, none for a repeat', async () => {
    await store.poll('plain', 0, [station(2, 8)]);
    await store.poll('plain', 30, [station(2, 8)]);
    await store.poll('plain', 60, [station(0, 10)]);
    await store.poll('plain', 90, [station(10, 0)]);
    await store.poll('plain', 120, [station(10, 0)]);
    expect(await steps('plain', 15, 120)).toEqual([
      '15: 2/8 ok',
      '60: 0/10 empty',
      '90: 10/0 full',
      '120: 10/0 full',
    ]);
    expect(await steps('plain', 15, 75)).toEqual(['15: 2/8 ok', '60: 0/10 empty', '75: 0/10 empty']);
  });

  test('an absence that imported history left open makes no step before the window', async () => {
    for (const second of [0, 30, 60, 90])
      await store.poll('archive-then-live', second, [station(2, 8), other]);
    await store.poll('archive-then-live', -600, [station(1, 9), other], { imported: true });
    await store.poll('archive-then-live', -570, [other], { imported: true });
    expect(await steps('archive-then-live', 60, 90)).toEqual(['60: 2/8 ok', '90: 2/8 ok']);
    expect(await steps('archive-then-live', -600, 30)).toEqual([
      '-600: 1/9 ok',
      '-570: null/null absent',
      '-569.999: null/null unseen',
      '0: 2/8 ok',
      '30: 2/8 ok',
    ]);
  });

  test('where the feed failed or was not polled nothing is known from the last poll before it', async () => {
    await store.poll('gap', 0, [station(2, 8)]);
    await store.poll('gap', 30, [station(2, 8)]);
    await store.poll('gap', 60, [], { outcome: 'failed', error: 'timeout', body: undefined });
    await store.poll('gap', 90, [station(3, 7)]);
    await store.poll('gap', 120, [station(3, 7)]);
    await store.poll('gap', 5000, [station(3, 7)]);
    await store.poll('gap', 5030, [station(3, 7)]);
    expect(await steps('gap', 0, 5010)).toEqual([
      '0: 2/8 ok',
      '30: 2/8 ok',
      '30.001: null/null unseen',
      '90: 3/7 ok',
      '120: 3/7 ok',
      '120.001: null/null unseen',
      '5000: 3/7 ok',
      '5010: 3/7 ok',
    ]);
  });

  test('a station that the list lacks is absent until it is back', async () => {
    await store.poll('absent', 0, [station(2, 8), other]);
    await store.poll('absent', 30, [other]);
    await store.poll('absent', 60, [other]);
    await store.poll('absent', 90, [station(2, 8), other]);
    await store.poll('absent', 120, [station(2, 8), other]);
    expect(await steps('absent', 0, 100)).toEqual([
      '0: 2/8 ok',
      '30: null/null absent',
      '90: 2/8 ok',
      '100: 2/8 ok',
    ]);
  });

  test('before the first observation nothing is known', async () => {
    await store.poll('new', 100, [station(2, 8)]);
    await store.poll('new', 130, [station(2, 8)]);
    expect(await steps('new', 0, 110)).toEqual(['0: null/null unseen', '100: 2/8 ok', '110: 2/8 ok']);
    expect(await steps('new', 0, 50)).toEqual(['0: null/null unseen']);
  });

  test('the values of a feed that is still polled hold until the end of the window', async () => {
    const now = Math.floor((Date.now() - START) / 1000);
    await store.poll('live', now - 60, [station(2, 8)]);
    await store.poll('live', now - 30, [station(1, 9)]);
    expect(await steps('live', now - 45, now)).toEqual([`${now - 45}: 2/8 ok`, `${now - 30}: 1/9 ok`]);
  });

  test('a station that is not known gives no rows and no error', async () => {
    expect(await steps('plain', 0, 100, 'nowhere')).toEqual([]);
  });
});
