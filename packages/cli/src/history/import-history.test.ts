import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ImportPipeline, startImportPipeline } from '../../../../test/workers/import-pipeline.ts';

const run = randomBytes(4).toString('hex');
const folder = mkdtempSync(join(tmpdir(), 'velolog-import-'));
let pipeline: ImportPipeline;

beforeAll(async () => {
  pipeline = await startImportPipeline();
});

afterAll(async () => {
  await pipeline?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One line a minute, with the counts of bikes at stations a and b; a text is the body itself. */
function historyFile(name: string, startMinute: number, polls: ([number, number] | string)[]): string {
  const lines = polls.map((poll, index) => {
    const fetched_at = new Date(Date.UTC(2024, 0, 1, 0, startMinute + index)).toISOString();
    const station = (station_id: string, bikes: number) => ({
      station_id,
      num_bikes_available: bikes,
      num_docks_available: 20 - bikes,
    });
    const body =
      typeof poll === 'string'
        ? poll
        : JSON.stringify({ data: { stations: [station('a', poll[0]), station('b', poll[1])] } });
    return JSON.stringify({ fetched_at, body });
  });
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

test('an import says what came of it, and a second one of the same file changes nothing', async () => {
  const file = historyFile('twice.ndjson', 0, [[1, 5], [2, 5], 'no JSON', [2, 4], [3, 3]]);
  const system = `twice-${run}`;
  const first = await pipeline.importFiles(system, file);
  expect(first).toMatchObject({ polls: 5, stations: 2, changes: 4, rejected: 1, skipped: 0 });
  expect(first.reasons).toEqual({ not_json: 1 });
  const second = await pipeline.importFiles(system, file);
  expect(second).toMatchObject({ polls: 0, stations: 2, changes: 0, rejected: 0, skipped: 5 });
});

test('of two files that overlap what is known, only the rest is published', async () => {
  const system = `overlap-${run}`;
  await pipeline.importFiles(
    system,
    historyFile('first.ndjson', 100, [
      [1, 1],
      [2, 1],
      [3, 1],
    ]),
  );
  const wider = historyFile('wider.ndjson', 99, [
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
  ]);
  expect(await pipeline.importFiles(system, wider)).toMatchObject({ polls: 2, skipped: 3 });
});

test('several files are taken in order of time', async () => {
  const late = historyFile('late.ndjson', 60, [
    [3, 1],
    [4, 1],
  ]);
  const early = historyFile('early.ndjson', 0, [
    [1, 1],
    [2, 1],
  ]);
  const result = await pipeline.importFiles(`order-${run}`, late, early);
  expect(result).toMatchObject({ polls: 4, changes: 3, rejected: 0 });
});

test('what the store rejects is told with its own reasons', async () => {
  const body = (bikes: number) => ({
    data: { stations: [{ station_id: 'a', num_bikes_available: bikes, num_docks_available: 9 }] },
  });
  const path = join(folder, 'odd-times.ndjson');
  const times = [
    '2001-01-01T00:00:00Z',
    '2024-03-01T00:00:00Z',
    '2099-01-01T00:00:00Z',
    '2099-01-02T00:00:00Z',
  ];
  writeFileSync(path, times.map((fetched_at) => JSON.stringify({ fetched_at, body: body(1) })).join('\n'));
  const first = await pipeline.importFiles(`reasons-${run}`, path);
  expect(first).toMatchObject({ polls: 4, rejected: 3 });
  expect(first.reasons).toEqual({ fetched_before_gbfs: 1, fetched_in_future: 2 });
});
