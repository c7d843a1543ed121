import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { at, openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('outage_episode_between', () => {
  test('gives whole episodes that touch the window, and no spell in which all was well', async () => {
    const bikes = [3, 0, 0, 0, 3, 3, 0, 0];
    for (const [index, count] of bikes.entries()) await store.poll('a', index * 60, [station('1', count, 4)]);
    const ask = (from: number, to: number) =>
      store.ask('select from_at, to_at, is_open from api.outage_episode_between($1, $2, $3, $4)', [
        at(from),
        at(to),
        'a',
        '1',
      ]);
    expect(await ask(100, 110)).toEqual([{ from_at: 60, to_at: 240, is_open: false }]);
    expect(await ask(250, 300)).toEqual([]);
    expect(await ask(380, 9999)).toEqual([{ from_at: 360, to_at: null, is_open: true }]);
    expect(await ask(0, 9999)).toHaveLength(2);
  });
});
