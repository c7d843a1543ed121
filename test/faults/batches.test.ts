import type { PollRecord } from '@velolog/stream/poll-record';
import { expect, test } from 'vitest';
import { random } from '../history/random.ts';
import { randomInformationPolls } from '../history/random-information-polls.ts';
import { randomPolls } from '../history/random-polls.ts';
import { randomVehiclePolls } from '../history/random-vehicle-polls.ts';
import { readVehicleTables, slowVehicleTables } from '../history/slow/slow-vehicle-tables.ts';
import { readTableRows } from '../history/table-rows.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { type Cut, type Forget, storeDirectly } from './store-directly.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

test('neither the cut of records into transactions nor a restart of a worker changes a row', async () => {
  console.log(`batches: SEED=${seed}`);
  const stations = randomPolls(seed, { systems: 3, polls: 90, stations: 8 });
  const vehicles = randomVehiclePolls(seed, { systems: 3, polls: 90, vehicles: 12 });
  const information = randomInformationPolls(seed, { systems: 4, polls: 270, stations: 8 });
  const polls = stations.flatMap((poll, index) => [
    poll,
    ...vehicles.slice(index, index + 1),
    ...information.slice(index, index + 1),
  ]);
  const next = random(seed);
  const cuts: (() => Cut)[] = [
    () => ({ records: 1, restarts: false }),
    () => ({ records: polls.length, restarts: false }),
    () => ({ records: 1 + Math.floor(next() * 40), restarts: next() < 0.3 }),
    () => ({ records: 1 + Math.floor(next() * 3), restarts: true }),
  ];
  const [oneByOne, ...others] = await Promise.all(cuts.map((cut) => tablesOf(polls, cut)));
  expect(oneByOne?.station_status?.length).toBeGreaterThan(100);
  expect(oneByOne?.vehicle_stay?.length).toBeGreaterThan(100);
  expect(oneByOne?.vehicle_listed?.length).toBeGreaterThan(20);
  expect(oneByOne?.station_type_status?.length).toBeGreaterThan(20);
  expect(oneByOne?.feed_document?.length).toBeGreaterThan(2);
  for (const other of others) expect(other).toEqual(oneByOne);
});

test('the stays, counts and documents of vehicles are those that a slow program finds in the raw bodies', async () => {
  console.log(`vehicles by a slow program: SEED=${seed}`);
  const polls = randomVehiclePolls(seed, { systems: 3, polls: 120, vehicles: 12 });
  const expected = slowVehicleTables(polls.map((poll) => ({ poll })));
  expect(expected.vehicle_stay.length).toBeGreaterThan(200);
  expect(expected.station_type_status.length).toBeGreaterThan(20);
  expect(expected.feed_document.length).toBeGreaterThan(2);
  const next = random(seed);
  const database = await createTestDatabase();
  await storeDirectly(database.url, polls, () => ({
    records: 1 + Math.floor(next() * 40),
    restarts: next() < 0.3,
  }));
  const found = await readVehicleTables(database.url);
  await database.drop();
  expect(found).toEqual(expected);
});

test('forgetting a system leaves only what its later records make, however the records are cut', async () => {
  console.log(`batches, forgotten: SEED=${seed}`);
  const stations = randomPolls(seed, { systems: 3, polls: 40, stations: 6 });
  const vehicles = randomVehiclePolls(seed, { systems: 3, polls: 40, vehicles: 6 });
  const information = randomInformationPolls(seed, { systems: 4, polls: 120, stations: 6 });
  const polls = stations.flatMap((poll, index) => [
    poll,
    ...vehicles.slice(index, index + 1),
    ...information.slice(index, index + 1),
  ]);
  const next = random(seed);
  const systems = [...new Set(polls.map(({ system_id }) => system_id))];
  const records: (PollRecord | Forget)[] = [];
  const expected: PollRecord[] = [];
  for (const poll of polls) {
    if (next() < 0.1) {
      const forget = systems[Math.floor(next() * systems.length)] ?? '';
      records.push({ forget });
      const left = expected.filter(({ system_id }) => system_id !== forget);
      expected.splice(0, expected.length, ...left);
    }
    records.push(poll);
    expected.push(poll);
  }
  expect(records.length - polls.length).toBeGreaterThan(2);
  const cuts: (() => Cut)[] = [
    () => ({ records: records.length, restarts: false }),
    () => ({ records: 1 + Math.floor(next() * 40), restarts: next() < 0.3 }),
  ];
  const wanted = await tablesOf(expected, () => ({ records: 1, restarts: false }));
  expect(wanted.station_status?.length).toBeGreaterThan(10);
  for (const cut of cuts) expect(await tablesOf(records, cut)).toEqual(wanted);
});

async function tablesOf(records: (PollRecord | Forget)[], cut: () => Cut): Promise<Record<string, string[]>> {
  const database = await createTestDatabase();
  await storeDirectly(database.url, records, cut);
  const { kafka_position: _, ...tables } = await readTableRows(database.url);
  await database.drop();
  return tables;
}
