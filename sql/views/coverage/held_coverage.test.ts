import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const now = () => Math.floor((Date.now() - START) / 1000);
const runs = (system: string) =>
  store.ask(
    `select from_at, outcome, case when held_to = now() then 'now' else 'past' end as held,
       extract(epoch from held_to - to_at)::int as after_seconds
     from api.held_coverage where system_id = $1 and feed = 'station_status' order by from_at`,
    [system],
  );

test('a run stays valid until a next one that follows without a hole, and otherwise until its own end', async () => {
  const first = now() - 4_000;
  for (const second of [first, first + 60, first + 120])
    await store.poll('city', second, [station('1', 3, 3)]);
  await store.poll('city', first + 180, []);
  await store.poll('city', first + 240, [station('1', 3, 3)]);
  await store.poll('city', first + 3_000, [station('1', 3, 3)]);
  expect(await runs('city')).toEqual([
    { from_at: first, outcome: 'observed', held: 'past', after_seconds: 60 },
    { from_at: first + 180, outcome: 'empty', held: 'past', after_seconds: 60 },
    { from_at: first + 240, outcome: 'observed', held: 'past', after_seconds: 0 },
    { from_at: first + 3_000, outcome: 'observed', held: 'past', after_seconds: 0 },
  ]);
});

test('the newest run stays valid while the next poll is not due', async () => {
  const last = now() - 10;
  for (const second of [last - 120, last - 60, last])
    await store.poll('polled', second, [station('1', 3, 3)]);
  expect(await runs('polled')).toEqual([
    { from_at: last - 120, outcome: 'observed', held: 'now', after_seconds: expect.any(Number) },
  ]);
});

test('the time between imported history and the first live poll is not observed, however short', async () => {
  const live = now() - 600;
  for (const second of [live - 900, live - 600, live - 300])
    await store.poll('joined', second, [station('1', 3, 3)], { imported: true });
  await store.poll('joined', live, [station('1', 3, 3)]);
  const [imported] = await runs('joined');
  expect(imported).toMatchObject({ from_at: live - 900, outcome: 'observed', after_seconds: 0 });
  expect(await store.ask("select outcome from api.held_coverage where system_id = 'joined'")).toHaveLength(2);
});
