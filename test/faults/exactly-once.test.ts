import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomInformationPolls } from '../history/random-information-polls.ts';
import { randomPolls } from '../history/random-polls.ts';
import { randomVehiclePolls } from '../history/random-vehicle-polls.ts';
import { readTableRows } from '../history/table-rows.ts';
import { createTestDatabase } from '../servers/test-database.ts';
import { createTestTopics, startTestWorker, type TestTopics } from '../workers/test-worker.ts';
import { untilStored } from '../workers/until-stored.ts';

const seed = Number(process.env.SEED ?? Date.now() % 100_000);

let topics: TestTopics;
/** The end of each partition of both topics. */
const ends: [topic: string, of: Map<number, bigint>][] = [];
let reference: Record<string, string[]>;

beforeAll(async () => {
  console.log(`exactly once: SEED=${seed}`);
  topics = await createTestTopics(4);
  await topics.publish(randomPolls(seed, { systems: 9, polls: 40, stations: 12 }));
  await topics.publish(randomInformationPolls(seed, { systems: 10, polls: 300, stations: 12 }));
  await topics.publish(randomVehiclePolls(seed, { systems: 6, polls: 40, vehicles: 12 }));
  for (const topic of [topics.names.pollsTopic, topics.vehiclePollsTopic])
    ends.push([topic, await topics.ends(topic)]);
  const database = await createTestDatabase();
  const worker = await startTestWorker(database, topics, { group: 'reference' });
  await untilAllStored(database.url);
  await worker.stop();
  reference = await readTableRows(database.url);
  await database.drop();
});

async function untilAllStored(databaseUrl: string): Promise<void> {
  for (const [topic, of] of ends) await untilStored(databaseUrl, of, false, topic);
}

describe('the tables equal those of a run without faults, row for row', () => {
  test('the run without faults has something to compare', () => {
    expect(reference.station_status?.length).toBeGreaterThan(300);
    expect(reference.station_absence?.length).toBeGreaterThan(5);
    expect(reference.station?.filter((row) => /,"20[^,]*"\)$/.test(row)).length).toBeGreaterThan(10);
    expect(reference.feed?.filter((row) => row.endsWith(',f,f)')).length, 'refused polls').toBeGreaterThan(2);
    expect(reference.vehicle_stay?.length).toBeGreaterThan(300);
    expect(reference.vehicle_summary?.length).toBeGreaterThan(3);
    expect(new Set(reference.coverage?.map((row) => row.split(',').at(-1)))).toEqual(
      new Set(['observed)', 'failed)', 'empty)', 'undecodable)']),
    );
  });

  test.each(['before_transaction', 'in_transaction', 'after_commit'] as const)(
    'when the worker fails again and again at the point %s',
    async (point) => {
      const database = await createTestDatabase();
      let passed = 0;
      let failed = 0;
      const passing = (at: string) => {
        if (at !== point) return;
        passed += 1;
        if (passed % 2 === 1) {
          failed += 1;
          throw new Error(`made to fail at ${point}`);
        }
      };
      const worker = await startTestWorker(database, topics, { group: point, passing });
      await untilAllStored(database.url);
      await worker.stop();
      expect(failed).toBeGreaterThan(1);
      expect(await readTableRows(database.url)).toEqual(reference);
      await database.drop();
    },
  );

  test('when one worker stands still in a batch until the group has given its partitions to another, and then goes on', async () => {
    const database = await createTestDatabase();
    const group = 'shared';
    const held = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    // The second has joined when the group has waited for the first in vain: what that one then commits is not its to write.
    const passing = async (at: string) => {
      if (at !== 'before_transaction') return;
      reached.resolve();
      await held.promise;
    };
    // Its batch is not finished aside, so that the whole worker stands still and the group has to go on without it.
    const first = await startTestWorker(database, topics, { group, passing, asideAfterMs: 600_000 });
    await reached.promise;
    const second = await startTestWorker(database, topics, { group });
    await untilAllStored(database.url);
    held.resolve();
    const metricsOfFirst = async () => (await fetch(`${first.health.url}/metrics`)).text();
    await expect
      .poll(metricsOfFirst, { timeout: 240_000 })
      .toMatch(/^velolog_batch_failures_total\{cause="position_moved"\} [1-9]/m);
    await Promise.all([first.stop(), second.stop()]);
    expect(await readTableRows(database.url)).toEqual(reference);
    await database.drop();
  });

  test('when every record is read again because the group has lost its offsets', async () => {
    const database = await createTestDatabase();
    for (const group of ['once', 'again']) {
      const worker = await startTestWorker(database, topics, { group });
      await untilAllStored(database.url);
      await worker.stop();
    }
    expect(await readTableRows(database.url)).toEqual(reference);
    await database.drop();
  });
});

afterAll(() => topics?.[Symbol.asyncDispose]());
