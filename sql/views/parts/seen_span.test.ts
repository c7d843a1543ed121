import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store[Symbol.asyncDispose]());

const now = () => Math.floor((Date.now() - START) / 1000);
const spans = (system: string) =>
  store.ask('select from_at, polled_at, to_at from api.seen_span where system_id = $1 order by from_at', [
    system,
  ]);

test('an observation is valid until the last poll before a gap, and without end for a feed that is still polled', async () => {
  const last = now() - 10;
  for (const second of [last - 300, last - 240, last])
    await store.poll('polled', second, [station('1', 3, 3)]);
  expect(await spans('polled')).toEqual([
    { from_at: last - 300, polled_at: last - 240, to_at: last - 240 },
    { from_at: last, polled_at: last, to_at: Number.NaN },
  ]);
});

test('for a feed that fell silent, and for an archive, it lasts until the last poll', async () => {
  await store.poll('silent', now() - 200, [station('1', 3, 3)]);
  await store.poll('archive', now() - 10, [station('1', 3, 3)], { imported: true });
  for (const system of ['silent', 'archive']) {
    const [span] = await spans(system);
    expect(span?.to_at).toBe(span?.polled_at);
  }
});
