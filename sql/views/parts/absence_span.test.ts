import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation } from '../../../test/history/given-station.ts';
import { openTestStore, type TestStore } from '../../../test/workers/test-store.ts';

const one = givenStation('1', 1, 1);
const two = givenStation('2', 1, 1);
let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const spans = (system: string) =>
  store.ask(
    `select last_seen_at, from_at, case when to_at <> 'infinity' then to_at end as to_at
     from api.absence_span join velolog.station using (station_key) join velolog.system using (system_key)
     where system_id = $1 order by from_at`,
    [system],
  );

test('an absence ends with the first list that has the station again, and one that lasts has no end', async () => {
  await store.poll('live', 0, [one, two]);
  await store.poll('live', 30, [one]);
  await store.poll('live', 60, [one]);
  await store.poll('live', 90, [one, two]);
  await store.poll('live', 120, [one]);
  expect(await spans('live')).toEqual([
    { last_seen_at: 0, from_at: 30, to_at: 90 },
    { last_seen_at: 90, from_at: 120, to_at: null },
  ]);
});

test('one that imported history left open ends where the next lane begins, with or without the station', async () => {
  for (const [system, stations] of [
    ['back', [one, two]],
    ['gone', [one]],
  ] as const) {
    await store.poll(system, 0, [...stations]);
    await store.poll(system, -600, [one, two], { imported: true });
    await store.poll(system, -570, [one], { imported: true });
    expect(await spans(system), system).toEqual([{ last_seen_at: -600, from_at: -570, to_at: 0 }]);
  }
});
