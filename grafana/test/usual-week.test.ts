import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, type TestStore } from '../../test/workers/test-store.ts';
import { askPanel } from './ask-panel.ts';
import { connect } from './run-query.ts';

const HOUR = 3600;
const WEEK = 7 * 24 * HOUR;

let store: TestStore;
let reader: pg.Client;

beforeAll(async () => {
  store = await openTestStore();
  reader = await connect(store.readerUrl);
});
afterAll(async () => {
  await reader.end();
  await store[Symbol.asyncDispose]();
});

test('an hour is not compared with itself: the usual is known from the second week on', async () => {
  const polls = (from: number, bikes: number) =>
    store.pollEvery(60, 'city', [from, from + 2 * HOUR], () => [
      { station_id: 'a', num_bikes_available: bikes, num_docks_available: 10 - bikes },
    ]);
  const usual = async (from: number) => {
    const chosen = { system: 'city', station: 'a' };
    const window: [number, number] = [from, from + HOUR];
    const bikes = await askPanel(reader, ['station.json', 'Bikes against the usual'], window, chosen);
    const shares = await askPanel(
      reader,
      ['station.json', 'Share of the hour empty or full'],
      window,
      chosen,
    );
    return [bikes[0]?.['This time'], bikes[0]?.Usual, shares[0]?.Empty, shares[0]?.['Usually empty']];
  };
  await polls(0, 4);
  await rollUpAll(store.context.pool);
  expect(await usual(0)).toEqual([4, null, 0, null]);
  await polls(WEEK, 8);
  await rollUpAll(store.context.pool);
  expect(await usual(WEEK)).toEqual([8, 6, 0, 0]);
});
