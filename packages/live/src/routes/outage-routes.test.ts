import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRandomStore } from '../../../../test/history/random-store.ts';
import { startTestLive, type TestLive } from '../../../../test/workers/test-live.ts';
import { at, type TestStore } from '../../../../test/workers/test-store.ts';
import { type Outage, outages } from '../api/outage.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 100_000);
const LAST_SECOND = 5000 + 100 * 30;

let store: TestStore;
let live: TestLive;
beforeAll(async () => {
  console.log(`outages: SEED=${SEED}`);
  store = await openRandomStore(SEED, 100);
  live = await startTestLive(store.readerUrl);
});
afterAll(async () => {
  await live[Symbol.asyncDispose]();
  await store[Symbol.asyncDispose]();
});

const time = (second: number) => at(second).toISOString();

async function pages(query: string, limit: number): Promise<Outage[][]> {
  const found: Outage[][] = [];
  for (let next: string | null = ''; next !== null; ) {
    const after: string = next === '' ? '' : `&after=${encodeURIComponent(next)}`;
    const page = outages.parse(await live.json(`/systems/a/outages?${query}&limit=${limit}${after}`));
    found.push(page.outages);
    next = page.next;
  }
  return found;
}

describe('/outages page by page', () => {
  test.each([
    ['all of it', 0, LAST_SECOND],
    ['a part that begins within outages', 1000, 6777],
    ['a moment', 6000, 6000],
    ['what lies before the first poll', -7200, -3600],
  ])('%s: each outage once, in order, as one question to the view gives them', async (_, from, to) => {
    const expected = await store.ask(
      `select station_id, state, from_at from api.outage_episode_between($1, $2, 'a')
       order by from_at, station_id collate "C"`,
      [at(from), at(to)],
    );
    for (const limit of [40, 1000]) {
      const told = await pages(`from=${time(from)}&to=${time(to)}`, limit);
      expect(told.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      expect(told.flat().map(({ station_id, state, from_at }) => ({ station_id, state, from_at }))).toEqual(
        expected.map((row) => ({ ...row, from_at: time(row.from_at as number) })),
      );
    }
  });

  test('the whole day has more than a page, so the pages above were turned', async () => {
    expect((await pages(`from=${time(0)}&to=${time(LAST_SECOND)}`, 40)).length).toBeGreaterThan(3);
  });

  test('without a limit an answer ends after a thousand rows and says where to go on', async () => {
    const first = outages.parse(
      await live.json(`/systems/a/outages?from=${time(0)}&to=${time(LAST_SECOND)}`),
    );
    expect(first.outages.length).toBeLessThanOrEqual(1000);
    expect(first.next === null).toBe(first.outages.length < 1000);
  });
});
