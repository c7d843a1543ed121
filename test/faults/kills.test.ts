import { expect, test } from 'vitest';
import { FAULT_KINDS } from './run/fault-plan.ts';
import { runFaults } from './run/fault-run.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

// `npm run test:faults` does this 120 times in one run.
test('one fault of each kind, with kill -9 of store workers, PostgreSQL and Kafka while polls arrive, leaves the tables as without any, but for what Kafka lost: that is counted', async () => {
  const faults = Object.keys(FAULT_KINDS).length;
  console.log(`kills: SEED=${seed}`);
  const { tally, endedByThemselves, losses, problems, tables, vehicles } = await runFaults({ seed, faults });
  expect([...tally.keys()].sort()).toEqual(Object.keys(FAULT_KINDS).sort());
  expect(endedByThemselves).toEqual([]);
  expect(problems).toEqual([]);
  expect(losses.made_anew).toBeGreaterThan(0);
  expect(tables.withFaults.station_status?.length).toBeGreaterThan(100);
  expect(tables.withFaults.vehicle_stay?.length).toBeGreaterThan(100);
  expect(vehicles.withFaults).toEqual(vehicles.bySlowProgram);
  expect(withoutPosition(tables.withFaults)).toEqual(withoutPosition(tables.withoutKafka));
  expect(withoutPosition(tables.withoutFaults)).toEqual(withoutPosition(tables.heldWithoutKafka));
  expect(tables.withFaults.kafka_position).toEqual(tables.withoutFaults.kafka_position);
}, 900_000);

function withoutPosition({ kafka_position: _, ...rows }: Record<string, string[]>): Record<string, string[]> {
  return rows;
}
