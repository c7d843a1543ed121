import { expect, test } from 'vitest';
import { random } from '../history/random.ts';
import { randomPolls } from '../history/random-polls.ts';
import { randomVehiclePolls } from '../history/random-vehicle-polls.ts';
import { readTableRows } from '../history/table-rows.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { type Cut, storeDirectly } from './store-directly.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

test('how records are cut into transactions, and when a worker starts anew, changes no row', async () => {
  console.log(`batches: SEED=${seed}`);
  const stations = randomPolls(seed, { systems: 3, polls: 90, stations: 8 });
  const vehicles = randomVehiclePolls(seed, { systems: 3, polls: 90, vehicles: 12 });
  const polls = stations.flatMap((poll, index) => [poll, ...vehicles.slice(index, index + 1)]);
  const next = random(seed);
  const cuts: (() => Cut)[] = [
    () => ({ records: 1, restarts: false }),
    () => ({ records: polls.length, restarts: false }),
    () => ({ records: 1 + Math.floor(next() * 40), restarts: next() < 0.3 }),
    () => ({ records: 1 + Math.floor(next() * 3), restarts: true }),
  ];
  const [oneByOne, ...others] = await Promise.all(
    cuts.map(async (cut) => {
      const database = await createTestDatabase();
      await storeDirectly(database.url, polls, cut);
      const { kafka_position: _, ...tables } = await readTableRows(database.url);
      await database.drop();
      return tables;
    }),
  );
  expect(oneByOne?.station_status?.length).toBeGreaterThan(100);
  expect(oneByOne?.vehicle_stay?.length).toBeGreaterThan(100);
  expect(oneByOne?.vehicle_listed?.length).toBeGreaterThan(20);
  expect(oneByOne?.station_type_status?.length).toBeGreaterThan(20);
  expect(oneByOne?.feed_document?.length).toBeGreaterThan(2);
  for (const other of others) expect(other).toEqual(oneByOne);
});
