import { execFileSync, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { readSlices } from '@velolog/worker/lake-manifest';
import type { LogLine } from '@velolog/worker/log';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readLakeViews } from '../../../test/history/lake-rows.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';
import { createLakeMetrics } from './metrics.ts';
import { pollHour } from './test-hour.ts';
import { lakeUpdater, startLakeWorker } from './worker.ts';
import { writeLake } from './write-lake.ts';

const DAY = 86_400;
let store: TestStore;
let folder: string;
let dir: string;
let registry: Registry;
let lakes = 0;
beforeAll(async () => {
  store = await openTestStore();
  folder = await mkdtemp(join(tmpdir(), 'velolog-lake-worker-'));
  await pollHour(store, -40);
  await pollHour(store, 0);
});
afterAll(async () => {
  await store[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  dir = join(folder, `lake-${++lakes}`);
  registry = new Registry();
});

const LOG = { info: () => {}, warn: () => {} };
const updater = (more: { dir?: string; DATABASE_URL?: string } = {}) =>
  lakeUpdater(
    { DATABASE_URL: store.url, dir, catalogue: undefined, LAKE_INTERVAL_SECONDS: 3600, ...more },
    { metrics: createLakeMetrics(registry), log: LOG },
  );
const hours = (count: number) => new Date(START + count * 3_600_000);
const months = async () => (await readSlices(dir, 'station_status')).map(({ month }) => month);
const metric = async (name: string) =>
  (await registry.metrics())
    .split('\n')
    .filter((line) => line.startsWith(name))
    .map((line) => Number(line.split(' ').at(-1)));

test('closes the months that are over, and says nothing of the time after them', async () => {
  await updater()(hours(0));
  expect(await months()).toEqual(['2026-05']);
  const { feed_coverage = [], station_change = [] } = await readLakeViews(dir);
  expect(station_change.length).toBeGreaterThan(0);
  expect([...feed_coverage, ...station_change].filter((row) => row.includes('2026-06'))).toEqual([]);
  expect(await metric('velolog_lake_held_until_timestamp_seconds')).toEqual([Date.UTC(2026, 5, 1) / 1000]);
  expect(await metric('velolog_lake_rows{table="station_status"}')).toEqual([62]);
  expect(await metric('velolog_lake_consecutive_failures')).toEqual([0]);
});

test('looks again after its interval, writes only what is due, and the month that has ended since', async () => {
  const update = updater();
  await update(hours(0));
  const before = await readFile(join(dir, 'lake.json'), 'utf8');
  const [written] = await metric('velolog_lake_slices_written_total');
  await update(hours(0.5));
  await update(hours(1));
  expect(await readFile(join(dir, 'lake.json'), 'utf8')).toBe(before);
  expect(await metric('velolog_lake_slices_written_total')).toEqual([written]);
  await update(hours(24 * 20));
  expect(await months()).toEqual(['2026-05', '2026-06']);
});

test('writes a month again to which history was added, and no other', async () => {
  const update = updater();
  await update(hours(24 * 20));
  const before = await readSlices(dir, 'station_status');
  await pollHour(store, -80, { imported: true });
  await update(hours(24 * 20 + 1));
  const after = await readSlices(dir, 'station_status');
  expect(after.map(({ month }) => month)).toContain('2026-06');
  expect(after.slice(1)).toEqual(before);
});

test('finds a damaged file within a day, counts it, and writes it again while the database has its rows', async () => {
  const update = updater();
  await update(hours(0));
  const path = await damage();
  await update(hours(1));
  expect(await metric('velolog_lake_damaged_files')).toEqual([0]);
  await update(hours(25));
  expect(await metric('velolog_lake_verify_failures_total{reason="file"}')).toEqual([1]);
  expect(await metric('velolog_lake_damaged_files')).toEqual([0]);
  expect((await readLakeViews(dir)).station_change?.length).toBeGreaterThan(0);
  await writeFile(path, '');
  // Retention asks of the month what it asks of any: the worker has written it, so it may go.
  await update(hours(50));
  const said = {};
  const tell = ({ event: _, ...details }: LogLine) => void Object.assign(said, details);
  const { pool, months: known } = store.context;
  await doChoresOnce(
    { pool, months: known, retentionDays: 90, lake: { dir }, log: { info: tell, warn: tell } },
    new Date(START + 40 * DAY * 1000),
  );
  expect(said).toEqual({ dropped: ['station_status_2026_03'] });
  await damage('2026-03');
  await update(hours(75));
  expect(await metric('velolog_lake_damaged_files')).toEqual([1]);
});

async function damage(month = '2026-05'): Promise<string> {
  const slice = (await readSlices(dir, 'station_status')).find((one) => one.month === month);
  const path = join(dir, slice?.file ?? '');
  const bytes = await readFile(path);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await writeFile(path, bytes);
  return path;
}

test('counts what fails, tries again at the next look, and loses nothing', async () => {
  const away = updater({ DATABASE_URL: 'postgres://nobody:wrong@127.0.0.1:1/none' });
  await expect(away(hours(0))).rejects.toThrow();
  await expect(away(hours(0.1))).rejects.toThrow();
  expect(await metric('velolog_lake_consecutive_failures')).toEqual([2]);
  for (const unknown of [
    'last_update_timestamp_seconds',
    'held_until_timestamp_seconds',
    'lag_days',
    'bytes',
  ])
    expect(await metric(`velolog_lake_${unknown}`)).toEqual([]);
});

test('an empty folder where a lake was is left alone: its disk is not there; the lake goes on when it is back', async () => {
  const update = updater();
  await update(hours(0));
  const elsewhere = `${dir}-unmounted`;
  await rename(dir, elsewhere);
  for (const isThere of [false, true]) {
    if (isThere) await mkdir(dir);
    await expect(update(hours(2))).rejects.toThrow(/Is its disk mounted\?.*nothing is lost.*--anew/);
    expect(await readdir(dir).catch(() => 'none')).toEqual(isThere ? [] : 'none');
  }
  const { pool, months: known } = store.context;
  const said = {};
  const tell = ({ event: _, ...details }: LogLine) => void Object.assign(said, details);
  await doChoresOnce(
    { pool, months: known, retentionDays: 1, lake: { dir }, log: { info: tell, warn: tell } },
    new Date(START),
  );
  expect(said).toMatchObject({ reason: expect.stringContaining('cannot be read') });
  await rm(dir, { recursive: true });
  await rename(elsewhere, dir);
  await update(hours(2));
  expect(await months()).toContain('2026-05');
  // Gone for good: told so, another one begins.
  await rm(dir, { recursive: true });
  const again = { databaseUrl: store.url, dir, fromDay: null, toDay: '2026-05-31' };
  await writeLake({ ...again, kind: 'lake', choose: (all) => all, anew: true });
  expect(await months()).toContain('2026-05');
});

test('a worker is ready with database and folder, and ends in order; one on a folder with something else does not begin', async () => {
  const settings = {
    DATABASE_URL: store.url,
    dir,
    catalogue: undefined,
    HOST: '127.0.0.1',
    LAKE_PORT: 0,
    LAKE_INTERVAL_SECONDS: 3600,
  };
  const stop = new AbortController();
  const log = { ...LOG, error: () => {} } as never;
  const worker = await startLakeWorker(settings, { log, signal: stop.signal });
  // A check may take longer than its 2 s on a busy machine.
  await expect.poll(async () => (await fetch(`${worker.health.url}/readyz`)).status).toBe(200);
  expect((await fetch(`${worker.health.url}/livez`)).status).toBe(200);
  await expect.poll(months).toContain('2026-05');
  // The update that wrote the month may not be over, and writes lake.json once more.
  const withoutLake = async () => {
    await rm(join(dir, 'lake.json'), { force: true });
    return await (await fetch(`${worker.health.url}/readyz`)).text();
  };
  await expect.poll(withoutLake, { timeout: 30_000 }).toContain('Is its disk mounted?');
  stop.abort(new Error('told to stop'));
  await worker.stopped;
  await expect(fetch(worker.health.url)).rejects.toThrow();
  await writeFile(join(dir, 'holiday.jpg'), '');
  await expect(startLakeWorker(settings, { log, signal: AbortSignal.timeout(1) })).rejects.toThrow(
    /holds something else/,
  );
});

test('where the disk is full a worker says so and leaves the lake as it is; with room again it goes on by itself', async () => {
  const until = { databaseUrl: store.url, dir, fromDay: null, toDay: '2026-05-31' };
  await writeLake({ ...until, kind: 'lake', choose: (all) => all });
  const files = async () => (await readdir(dir, { recursive: true })).filter((name) => name !== '.writing');
  const before = { files: await files(), lake: await readFile(join(dir, 'lake.json'), 'utf8') };
  // No file may have more than one block: the kernel answers as a disk does that has no more.
  const program = fileURLToPath(new URL('./main.ts', import.meta.url));
  const worker = spawn('sh', ['-c', 'ulimit -S -f 1 && exec "$0" "$1"', process.execPath, program], {
    env: {
      ...process.env,
      DATABASE_URL: store.url,
      LAKE_DIR: dir,
      LAKE_PORT: '0',
      LAKE_INTERVAL_SECONDS: '1',
    },
  });
  try {
    let said = '';
    for (const stream of [worker.stdout, worker.stderr])
      stream.on('data', (text: Buffer) => {
        said += text.toString();
      });
    await expect.poll(() => said, { timeout: 60_000 }).toContain(`There is no space left for ${dir}`);
    expect(
      (await files()).filter((name) => name.endsWith('.parquet') && !name.startsWith('.writing')),
    ).toEqual(before.files.filter((name) => name.endsWith('.parquet')));
    expect(await readFile(join(dir, 'lake.json'), 'utf8')).toBe(before.lake);
    execFileSync('prlimit', ['--pid', String(worker.pid), '--fsize=unlimited']);
    await expect.poll(months, { timeout: 60_000 }).toContain('2026-06');
    expect(worker.exitCode).toBe(null);
  } finally {
    worker.kill('SIGKILL');
  }
});
