import { expect, test } from 'vitest';
import { openTestStore } from '../../../test/workers/test-store.ts';

const one = { station_id: '1', num_bikes_available: 1 };
const two = { station_id: '2', num_bikes_available: 1 };

test('known_absence leaves out the gaps of the system, and an absence that has not ended', async () => {
  await using store = await openTestStore();
  await store.poll('a', 0, [one, two]);
  await store.poll('a', 30, [one]);
  await store.poll('a', 1030, [one]);
  await store.poll('a', 1060, [one, two]);
  await store.poll('a', 1090, [one]);
  expect(
    await store.ask('select from_at, ended_at, seconds::float8 from api.known_absence order by from_at'),
  ).toEqual([{ from_at: 30, ended_at: 1060, seconds: 60 }]);
});
