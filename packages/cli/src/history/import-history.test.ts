import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PollRecord } from '@velolog/stream/poll-record';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANSWERED } from '../../../../test/workers/answered.ts';
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

test('an import reports its result, and a second one of the same file changes nothing', async () => {
  const file = historyFile('twice.ndjson', 0, [[1, 5], [2, 5], 'no JSON', [2, 4], [3, 3]]);
  const system = `twice-${run}`;
  const first = await pipeline.importFiles(system, file);
  expect(first).toMatchObject({ polls: 5, stations: 2, changes: 4, rejected: 1, skipped: 0 });
  expect(first.reasons).toEqual({ not_json: 1 });
  const second = await pipeline.importFiles(system, file);
  expect(second).toMatchObject({ polls: 0, stations: 2, changes: 0, rejected: 0, skipped: 5 });
});

test('of two files that overlap known history, only the rest is published', async () => {
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

test('records that the store rejects are reported with its reasons', async () => {
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

test('vehicles that were imported under one name of their feed are skipped under the other', async () => {
  const file = (name: string, minutes: number[]) => {
    const path = join(folder, name);
    const body = { data: { bikes: [{ bike_id: '1', lat: 59.9, lon: 10.7 }] } };
    const lines = minutes.map((minute) =>
      JSON.stringify({ fetched_at: new Date(Date.UTC(2024, 0, 1, 0, minute)), body }),
    );
    writeFileSync(path, lines.join('\n'));
    return path;
  };
  const system = `named-${run}`;
  await pipeline.importFeed('vehicle_status', system, file('vehicles.ndjson', [10, 11, 12]));
  const wider = await pipeline.importFeed(
    'free_bike_status',
    system,
    file('bikes.ndjson', [8, 9, 10, 11, 12]),
  );
  expect(wider).toMatchObject({ polls: 2, skipped: 3, rejected: 0 });
});

describe('while the system is polled', () => {
  const START = Date.UTC(2025, 0, 1);
  const at = (second: number) => new Date(START + second * 1000);
  const body = (bikes: number) =>
    Buffer.from(
      JSON.stringify({
        data: { stations: [{ station_id: 'a', num_bikes_available: bikes, num_docks_available: 9 }] },
      }),
    );
  const livePoll = (system_id: string, second: number): PollRecord => ({
    ...ANSWERED,
    system_id,
    fetched_at: at(second),
    body: body(second % 7),
  });
  /** A history of ten minutes whose end is observed already. */
  const HISTORY = { files: ['made'], records: 11, first: at(0), last: at(600) };

  test('an import reports its rejected records, and only its own, whatever else arrives meanwhile', async () => {
    const system = `polled-${run}`;
    await pipeline.publish([livePoll(system, 600)]);
    const result = await pipeline.importMade(system, HISTORY, async function* () {
      for (let minute = 0; minute <= 10; minute++) {
        yield { fetched_at: at(minute * 60), body: minute === 3 ? Buffer.from('no JSON') : body(minute) };
        // One of them is refused, too, and none of ours.
        if (minute === 5)
          await pipeline.publish([660, 720, 780, 700].map((second) => livePoll(system, second)));
      }
    });
    expect(result).toMatchObject({ polls: 10, skipped: 1, rejected: 1, reasons: { not_json: 1 } });
  });

  test('a system is not forgotten while history of it is imported, nor is the same imported twice at once', async () => {
    const system = `used-${run}`;
    const refused: unknown[] = [];
    const file = historyFile('used.ndjson', 0, [[1, 1]]);
    const result = await pipeline.importMade(system, HISTORY, async function* () {
      for (let minute = 0; minute <= 10; minute++) {
        yield { fetched_at: at(minute * 60), body: body(minute) };
        if (minute !== 5) continue;
        refused.push(
          await pipeline.forget(system).catch(String),
          await pipeline.importFiles(system, file).catch(String),
        );
        await pipeline.importFeed('station_information', system, namesFile('used-names.ndjson'));
      }
    });
    expect(refused).toEqual([
      `Error: ${system} is in use: An import of it is running. Wait until that is done, then try again`,
      `Error: ${system} is in use: Another import of it, or a command that forgets it, is running. Wait until that is done, then try again`,
    ]);
    expect(result).toMatchObject({ polls: 11, rejected: 0 });
    expect(await pipeline.forget(system)).toBe(true);
  });

  function namesFile(name: string): string {
    const path = join(folder, name);
    const names = { data: { stations: [{ station_id: 'a', name: 'Aa', lat: 1, lon: 2 }] } };
    writeFileSync(path, JSON.stringify({ fetched_at: at(0), body: names }));
    return path;
  }
});
