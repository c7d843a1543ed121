import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTableRows } from '../../../../test/history/table-rows.ts';
import { type ImportPipeline, startImportPipeline } from '../../../../test/workers/import-pipeline.ts';

const folder = mkdtempSync(join(tmpdir(), 'velolog-forget-'));
let pipeline: ImportPipeline;

beforeAll(async () => {
  pipeline = await startImportPipeline({ workers: 2 });
});

afterAll(async () => {
  await pipeline?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One line a minute, with the counts of bikes at one station. */
function historyFile(name: string, startMinute: number, bikes: number[]): string {
  return recording(
    name,
    startMinute,
    bikes.map((num_bikes_available) => ({
      stations: [{ station_id: 'a', num_bikes_available, num_docks_available: 9 }],
    })),
  );
}

/** One line a minute, with the latitudes of one bike. */
function vehicleFile(name: string, startMinute: number, lats: number[]): string {
  return recording(
    name,
    startMinute,
    lats.map((lat) => ({ bikes: [{ bike_id: 'b', lat, lon: 10.7 }] })),
  );
}

function recording(name: string, startMinute: number, data: object[]): string {
  const lines = data.map((of, minute) =>
    JSON.stringify({
      fetched_at: new Date(Date.UTC(2024, 0, 1, 0, startMinute + minute)).toISOString(),
      body: JSON.stringify({ data: of }),
    }),
  );
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** All rows but those of the positions. */
async function rows(databaseUrl: string): Promise<Record<string, string[]>> {
  const { kafka_position: _, ...tables } = await readTableRows(databaseUrl);
  return tables;
}

test('two running stores forget a system, store an import of the same id as a new one, and a rebuild from Kafka comes to the same', async () => {
  const first = historyFile('first.ndjson', 100, [1, 2, 3, 4]);
  const other = historyFile('other.ndjson', 0, [5, 6]);
  await pipeline.importFiles('other', other);
  const others = await rows(pipeline.databaseUrl);
  expect(await pipeline.importFiles('typo', first)).toMatchObject({ polls: 4, changes: 3, rejected: 0 });
  const vehicles = vehicleFile('vehicles.ndjson', 100, [59.9, 59.8]);
  expect(await pipeline.importFeed('free_bike_status', 'typo', vehicles)).toMatchObject({
    polls: 2,
    stays: 2,
  });
  expect(await pipeline.forget('typo')).toBe(true);
  expect(await rows(pipeline.databaseUrl)).toEqual(others);
  // A part of the same time, and some before it: a store that remembered anything would refuse or skip it.
  const again = historyFile('again.ndjson', 98, [7, 8, 8, 1]);
  expect(await pipeline.importFiles('typo', again)).toMatchObject({
    polls: 4,
    stations: 1,
    changes: 2,
    rejected: 0,
    skipped: 0,
  });
  const moved = vehicleFile('moved.ndjson', 99, [59.7, 59.7, 59.6]);
  expect(await pipeline.importFeed('free_bike_status', 'typo', moved)).toMatchObject({ polls: 3, stays: 2 });
  const told = await rows(pipeline.databaseUrl);
  await pipeline.rebuild(async (url) => expect(await rows(url)).toEqual(told));
});

test('forgetting a system again, or one that never existed, does no harm', async () => {
  const before = await rows(pipeline.databaseUrl);
  expect(await pipeline.forget('never-was')).toBe(true);
  expect(await rows(pipeline.databaseUrl)).toEqual(before);
});
