import { expect, test } from 'vitest';
import { FAULT_KINDS } from './fault-plan.ts';
import { runFaults } from './fault-run.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

// `npm run test:faults` does this 120 times in one run.
test('one fault of each kind, with kill -9 of store workers, PostgreSQL and Kafka while polls arrive, leaves the tables as without any', async () => {
  const faults = Object.keys(FAULT_KINDS).length;
  console.log(`kills: SEED=${seed}`);
  const { tally, endedByThemselves, tables } = await runFaults({ seed, faults });
  expect([...tally.keys()].sort()).toEqual(Object.keys(FAULT_KINDS).sort());
  expect(endedByThemselves).toEqual([]);
  expect(tables.withFaults.station_status?.length).toBeGreaterThan(100);
  expect(tables.withFaults).toEqual(tables.withoutFaults);
  const { kafka_position: _, ...withFaults } = tables.withFaults;
  const { kafka_position: __, ...withoutKafka } = tables.withoutKafka;
  expect(withFaults).toEqual(withoutKafka);
}, 900_000);
