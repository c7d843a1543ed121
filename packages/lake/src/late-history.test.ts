import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { dropMonthsBefore } from '@velolog/store/upkeep/drop-months';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { readSlices } from '@velolog/worker/lake-manifest';
import type { LogLine } from '@velolog/worker/log';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { givenStation as station } from '../../../test/history/given-station.ts';
import { readApiViews, readLakeViews } from '../../../test/history/lake-rows.ts';
import { randomPolls } from '../../../test/history/random-polls.ts';
import { openTestStore, START, type TestStore } from '../../../test/workers/test-store.ts';
import { pollHour } from './test-hour.ts';
import { type WriteLakeOptions, writeLake } from './write-lake.ts';

let store: TestStore;
let dir: string;
beforeEach(async () => {
  store = await openTestStore();
  dir = join(await mkdtemp(join(tmpdir(), 'velolog-lake-')), 'lake');
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  await rm(join(dir, '..'), { recursive: true });
});

const DAY = 86_400;
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const update = (more: Partial<WriteLakeOptions> = {}) =>
  writeLake({
    databaseUrl: store.url,
    dir,
    kind: 'lake',
    choose: (all) => all,
    fromDay: null,
    toDay: null,
    ...more,
  });

const stateOf = async () =>
  (await readSlices(dir, 'station_status')).map(
    ({ month, generation, revision, rows }) => `${month} ${generation}.${revision} ${rows}`,
  );

/** What a worker with RETENTION_DAYS says after its chores, with LAKE_DIR or without. */
async function retain(
  retentionDays: number,
  { now = START, withLake = true } = {},
): Promise<{ dropped?: string[]; reason?: string }> {
  const said = {};
  const tell = ({ event: _, ...details }: LogLine) => void Object.assign(said, details);
  await doChoresOnce(
    {
      pool: store.context.pool,
      months: store.context.months,
      retentionDays,
      ...(withLake && { lake: { dir } }),
      log: { info: tell, warn: tell },
    },
    new Date(now),
  );
  return said;
}

describe('history that comes late', () => {
  test('an import into a month that is over makes the lake write that month again, and no other', async () => {
    await pollHour(store, -40);
    await pollHour(store, 0);
    await update();
    const before = await stateOf();
    expect((await update()).manifests.station_status).toEqual(await readSlices(dir, 'station_status'));
    expect(await stateOf()).toEqual(before);
    await pollHour(store, -70, { imported: true });
    await pollHour(store, -41, { imported: true, bikes: 7 });
    await update();
    const after = await stateOf();
    expect(after.map((line) => line.split(' ')[0])).toEqual(['2026-04', '2026-05', '2026-06']);
    expect(after.at(-1)).toBe(before.at(-1));
    expect(after[1]).not.toBe(before[0]);
    expect(await readLakeViews(dir)).toEqual(await readApiViews(store.url));
  });

  test('a poll after the end of a month that is over changes what its last hour was, and the lake follows', async () => {
    // 16.5 days before START is the last hour of May.
    await pollHour(store, -14.5);
    await update();
    await store.poll('s', -14.5 * DAY + 3660, [station('1', 9, 9), station('2', 1, 1)]);
    await update();
    expect(await readLakeViews(dir)).toEqual(await readApiViews(store.url));
  });
});

test(`a database that is rebuilt from the same records, its systems in another order, changes no file of the lake (SEED=${seed})`, async () => {
  const polls = randomPolls(seed, { systems: 2, polls: 120, stations: 3 });
  const storeAll = async (one: TestStore, first: string) => {
    const inOrder = polls.toSorted((a, b) => Number(b.system_id === first) - Number(a.system_id === first));
    await one.store(inOrder.map((poll) => one.message({ second: 0, ...poll, body: poll.body.toString() })));
  };
  await storeAll(store, 'system-0');
  await update();
  const before = await filesOf(dir);
  expect(Object.keys(before).filter((path) => path.startsWith('station_status/system_id'))).not.toEqual([]);
  await using rebuilt = await openTestStore();
  await storeAll(rebuilt, 'system-1');
  await update({ databaseUrl: rebuilt.url });
  expect(await filesOf(dir)).toEqual(before);
  // Nor when all is read and written anew.
  const anew = join(dir, '..', 'anew');
  await update({ databaseUrl: rebuilt.url, dir: anew });
  expect(await filesOf(anew)).toEqual(before);
});

/** Each file of a folder with what it holds. */
async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = paths
    .sort()
    .map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'base64')]);
  return Object.fromEntries(await Promise.all(texts));
}

test('a system that is forgotten leaves the lake first, and its id comes back without months of the old one', async () => {
  await pollHour(store, -40);
  await store.poll('kept', 0, [station('1', 9, 9)]);
  await update();
  await update({ without: 's' });
  expect((await readSlices(dir, 'station_status')).map(({ system_id }) => system_id)).toEqual(['kept']);
  await store.store([store.forgetMessage('s')]);
  await update();
  expect(await readLakeViews(dir)).toEqual(await readApiViews(store.url));
  // As many revisions of the same month as before.
  await pollHour(store, -40, { bikes: 7 });
  await update();
  expect((await readSlices(dir, 'station_status')).length).toBe(2);
  expect(await readLakeViews(dir)).toEqual(await readApiViews(store.url));
});

describe('retention with a lake', () => {
  test('keeps a month that the lake does not hold, and drops it when it does', async () => {
    await pollHour(store, -100);
    await pollHour(store, 0);
    expect(await retain(30)).toMatchObject({ reason: expect.stringContaining('cannot be read') });
    await update();
    expect(await retain(30)).toEqual({ dropped: ['station_status_2026_03'] });
  });

  test('keeps a month to which history was added since', async () => {
    await pollHour(store, -100);
    await pollHour(store, 0);
    await update();
    await pollHour(store, -101, { imported: true });
    expect(await retain(30)).toMatchObject({ reason: expect.stringContaining('an older state') });
    await update();
    expect(await retain(30)).toEqual({ dropped: ['station_status_2026_03'] });
  });

  test('keeps a month whose file has one byte that is another, or is shorter', async () => {
    await pollHour(store, -100);
    await pollHour(store, 0);
    await update();
    const [slice] = await readSlices(dir, 'station_status');
    const path = join(dir, slice?.file ?? '');
    const bytes = await readFile(path);
    const flipped = Buffer.from(bytes);
    flipped[200] = (flipped[200] ?? 0) ^ 1;
    await writeFile(path, flipped);
    expect(await retain(30)).toMatchObject({ reason: expect.stringContaining('damaged') });
    await writeFile(path, bytes);
    await truncate(path, bytes.length - 1);
    expect(await retain(30)).toMatchObject({ reason: expect.stringContaining('damaged') });
    await writeFile(path, bytes);
    expect(await retain(30)).toEqual({ dropped: ['station_status_2026_03'] });
  });

  test('the lake keeps what was dropped, also when history is imported into that month later', async () => {
    await pollHour(store, -100);
    await pollHour(store, 0);
    await update();
    const before = (await readLakeViews(dir)).station_change ?? [];
    await retain(30);
    await update();
    expect((await readLakeViews(dir)).station_change).toEqual(before);
    await pollHour(store, -101, { imported: true });
    await update();
    expect((await readLakeViews(dir)).station_change).toEqual(expect.arrayContaining(before));
    expect(
      (await readSlices(dir, 'station_status'))
        .filter(({ month }) => month === '2026-03')
        .map(({ rows }) => rows),
    ).toEqual([62, 62]);
  });

  test('two stores that drop a month at once drop it once, and neither fails of the other', async () => {
    await pollHour(store, -100);
    await pollHour(store, 0);
    await update();
    const before = (await readLakeViews(dir)).station_change ?? [];
    const { pool, months } = store.context;
    await rollUpAll(pool);
    // Held until both have seen that the lake has the month, and wait.
    const drop = () => dropMonthsBefore(pool, months, new Date(START - 30 * DAY * 1000), { dir });
    const holder = new pg.Client({ connectionString: store.url });
    await holder.connect();
    await holder.query('begin; lock table velolog.rolled_range in share row exclusive mode');
    const both = [drop(), drop()];
    await vi.waitFor(
      async () =>
        expect(
          await store.ask(
            `select count(*)::int as waiting from pg_locks where not granted and relation = 'velolog.rolled_range'::regclass`,
          ),
        ).toEqual([{ waiting: 2 }]),
      { timeout: 20_000, interval: 10 },
    );
    await holder.end();
    const said = await Promise.all(both);
    expect(said.flatMap(({ dropped }) => dropped)).toEqual(['station_status_2026_03']);
    expect(said.map(({ kept }) => kept)).toEqual([null, null]);
    expect(await store.ask('select generation from velolog.month_revision where generation > 0')).toEqual([
      { generation: 1 },
    ]);
    await update();
    expect((await readLakeViews(dir)).station_change).toEqual(before);
  });

  test('asks the folder that was written last also where the store was not told of it: a month that it lacks stays', async () => {
    await pollHour(store, 0);
    await update();
    await pollHour(store, -100, { imported: true });
    expect(await retain(30, { withLake: false })).toMatchObject({
      reason: expect.stringContaining('the lake does not hold it yet'),
    });
    await update();
    expect(await retain(30, { withLake: false })).toHaveProperty('dropped');
  });

  test('counts by vehicle type, which no lake holds, stay for good with a lake, and end with their month without', async () => {
    const counts = () =>
      store.ask(
        'select observed_at::date::text as day, num_available from velolog.station_type_status order by day',
      );
    const then = { day: '2026-03-07', num_available: 2 };
    // From the first poll that does not say it on.
    const now = { day: '2026-06-15', num_available: null };
    await store.poll('s', -100 * DAY, [{ ...station('1', 3, 5), num_ebikes_available: 2 }]);
    await pollHour(store, 0);
    await update();
    expect(await retain(30)).toEqual({ dropped: ['station_status_2026_03'] });
    expect(await retain(30)).toEqual({});
    expect(await counts()).toEqual([then, now]);
    expect(await retain(30, { withLake: false })).toEqual({});
    await store.ask('delete from velolog.lake');
    expect(await retain(30, { withLake: false })).toEqual({ dropped: ['station_type_status_2026_03'] });
    expect(await counts()).toEqual([now]);
  });
});
