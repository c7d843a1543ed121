import { createHash } from 'node:crypto';
import { cp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askLake } from '@velolog/lake/ask-lake';
import { exportBundle } from '@velolog/lake/bundle/export-bundle';
import { openBundle } from '@velolog/lake/bundle/read-bundle';
import { openDuckDb } from '@velolog/lake/duckdb-session';
import { fillSystems, SystemsAreKnown } from '@velolog/store/fill/fill-systems';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import { readApiViews } from '../../../../test/history/lake-rows.ts';
import { readTableRows } from '../../../../test/history/table-rows.ts';
import {
  exportRandomHistory,
  fillFrom,
  type RandomExport,
  WHOLE,
} from '../../../../test/workers/random-export.ts';
import { openTestStore, START, type TestStore } from '../../../../test/workers/test-store.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

let given: RandomExport;
let source: TestStore;
let target: TestStore;
let folder: string;
let bundle: string;
beforeAll(async () => {
  [given, target] = await Promise.all([exportRandomHistory(seed, 250), openTestStore()]);
  ({ source, folder, bundle } = given);
  // Nobody polls it where it is imported: so it is an archive there, and this one has to be one for the same answers.
  await source.ask('update velolog.feed set last_polled_at = null');
  // For the same reason nobody checks there which stations are no longer listed.
  await source.ask('update velolog.station set delisted_at = null');
  await fillFrom(bundle, target, ['system-0']);
  await fillFrom(bundle, target, ['system-1', 'system-2']);
});
afterAll(() => Promise.all([given[Symbol.asyncDispose](), target[Symbol.asyncDispose]()]));

const TABLES = [
  'system',
  'station',
  'station_status',
  'station_state',
  'station_absence',
  'station_summary',
  'coverage',
];
const rowsOf = async ({ url }: TestStore, system = '') => {
  const rows = await readTableRows(url);
  return Object.fromEntries(
    TABLES.map((table) => [table, rows[table]?.filter((row) => row.includes(system))]),
  );
};

describe(`the export of random history (SEED=${seed})`, () => {
  test('fills an empty database with the same rows, and each view gives the same', async () => {
    expect(await rowsOf(target)).toEqual(await rowsOf(source));
    const views = await readApiViews(target.url);
    expect(Object.values(views).map((rows) => rows.length)).not.toContain(0);
    expect(views).toEqual(await readApiViews(source.url));
  });

  test('and goes on as the first one does: with live polls, and with history that is imported later', async () => {
    const DAY = 86_400;
    for (const store of [source, target]) {
      await store.pollEvery(60, 'system-0', [40 * DAY, 40 * DAY + 600], (second) => [
        station('1', 2, 2),
        station('new', second % 3, 5),
      ]);
      await store.poll('system-0', -900 * DAY, [station('1', 1, 1)], { imported: true });
      await store.poll('system-0', -300 * DAY, [station('1', 7, 7)], { imported: true });
    }
    expect(await rowsOf(target, 'system-0')).toEqual(await rowsOf(source, 'system-0'));
  });

  test('is all or nothing beside a worker that stores the first record of one of its systems', async () => {
    await using busy = await openTestStore();
    const poll = busy.poll('system-2', 0, [station('1', 1, 1)]);
    const fill = fillFrom(bundle, busy).then(
      () => 'filled',
      (error: Error) => error,
    );
    // A worker that lost to the import starts over, as after any other that took over.
    await poll.catch(async () => {
      busy.state.expected = 0n;
      await busy.poll('system-2', 0, [station('1', 1, 1)]);
    });
    const outcome = await fill;
    const rows = await rowsOf(busy, 'system-1');
    if (outcome === 'filled') expect(rows).toEqual(await rowsOf(source, 'system-1'));
    else {
      expect(outcome).toBeInstanceOf(SystemsAreKnown);
      expect(rows.station_status).toEqual([]);
    }
  });

  test('is refused by a database that has one of its systems, and leaves it as it was', async () => {
    const before = await rowsOf(target);
    await expect(fillFrom(bundle, target)).rejects.toThrow(SystemsAreKnown);
    expect(await rowsOf(target)).toEqual(before);
  });

  test('cut at a day, gives the hours and changes of its time, also when they are rolled up', async () => {
    await using cut = await openTestStore();
    const dir = join(folder, 'cut');
    await given.exported(dir, { systems: ['system-1'], fromDay: '2026-06-15', toDay: '2026-06-15' });
    await fillFrom(dir, cut);
    const within = (rows: string[] = [], column: string) =>
      rows.filter((row) => row.includes(`"${column}":"2026-06-15T`));
    const all = await readApiViews(source.url, `system_id = 'system-1'`);
    const found = await readApiViews(cut.url);
    expect(within(found.station_change, 'observed_at')).toEqual(within(all.station_change, 'observed_at'));
    expect(within(found.station_hour, 'hour_at')).toEqual(within(all.station_hour, 'hour_at'));
    await rollUpAll(cut.context.pool);
    expect((await readApiViews(cut.url)).station_hour).toEqual(found.station_hour);
  });

  test('taken after retention had dropped a month, gives the hours of that month, and the changes that were left', async () => {
    await using old = await openTestStore();
    await using made = await openTestStore();
    for (const day of [-100, 0]) {
      const at = day * 86_400;
      await old.pollEvery(120, 'kept', [at, at + 9000], (second) => [
        station('1', (second / 120) % 3, 5),
        station('2', 1, 1),
      ]);
    }
    const { pool, months } = old.context;
    const log = { info: () => {}, warn: () => {} };
    await doChoresOnce({ pool, months, retentionDays: 30, log }, new Date(START));
    await old.ask('update velolog.feed set last_polled_at = null');
    const dir = join(folder, 'dropped');
    await exportBundle({ ...WHOLE, databaseUrl: old.url, dir });
    await fillFrom(dir, made);
    const [expected, found] = [await readApiViews(old.url), await readApiViews(made.url)];
    const dropped = (rows: string[] = []) => rows.filter((row) => row.includes('"hour_at":"2026-03-'));
    expect(dropped(expected.station_hour).length).toBeGreaterThan(0);
    expect(dropped(found.station_hour)).toEqual(dropped(expected.station_hour));
    expect(found.feed_coverage).toEqual(expected.feed_coverage);
    // The database keeps the last row of each station of the month. An export does not hold it, so the first row after it is no change there.
    const followsKept = (row: string) => row.includes('"prev_observed_at":"2026-03-');
    const changes = expected.station_change ?? [];
    expect(changes.filter(followsKept)).toHaveLength(1);
    expect(found.station_change).toEqual(changes.filter((row) => !followsKept(row)));
  });

  test('leaves out when vehicles were polled, because it does not hold which there were', async () => {
    await using own = await openTestStore();
    await own.record({
      system_id: 'fleet',
      feed: 'free_bike_status',
      second: 0,
      body: { data: { bikes: [] } },
    });
    await own.poll('fleet', 0, [station('1', 1, 1)]);
    await using other = await openTestStore();
    const dir = join(folder, 'fleet');
    await given.exported(dir, { databaseUrl: own.url });
    await using read = await openBundle(dir, { systems: [] });
    expect(read.leftOut).toEqual(['free_bike_status']);
    await fillSystems(other.url, read);
    expect(await other.ask('select feed from api.feed_coverage')).toEqual([{ feed: 'station_status' }]);
  });

  test('leaves out where to rent, which is of today: links are not known until the system is polled', async () => {
    const told = {
      system_id: 'rented',
      feed: 'station_information',
      body: {
        data: {
          stations: [{ station_id: '1', name: 'Square', rental_uris: { web: 'https://x.example/1' } }],
        },
      },
    };
    const links = (store: TestStore) => store.ask(`select web from api.rental_uris_of('rented', '1')`);
    await using own = await openTestStore();
    await own.record({ ...told, second: 0 });
    await own.poll('rented', 0, [station('1', 1, 1)]);
    expect(await links(own)).toEqual([{ web: 'https://x.example/1' }]);
    await using other = await openTestStore();
    const dir = join(folder, 'rented');
    await given.exported(dir, { databaseUrl: own.url });
    await fillFrom(dir, other);
    expect(await other.ask('select station_id, name from api.station')).toEqual([
      { station_id: '1', name: 'Square' },
    ]);
    expect(await links(other)).toEqual([]);
    await other.record({ ...told, second: 600 });
    expect(await links(other)).toEqual([{ web: 'https://x.example/1' }]);
  });
});

test('an export that was written before a column came is read and imported, with null in its place', async () => {
  const dir = join(folder, 'older');
  await cp(bundle, dir, { recursive: true });
  const [path = ''] = await filesBelow(dir, /^system\/.*parquet$/);
  const [manifest = ''] = await filesBelow(dir, /^system\/manifest/);
  const [before, manifestBefore] = [await sumOf(dir, path), await sumOf(dir, manifest)];
  {
    using duckdb = await openDuckDb({ threads: 1 });
    await duckdb.connection.run(
      `copy (select * exclude country from '${join(dir, path)}') to '${join(dir, 'without')}' (format parquet)`,
    );
  }
  const after = await sumOf(dir, 'without');
  const renamed = `system/${after.slice(0, 16)}.parquet`;
  await rename(join(dir, 'without'), join(dir, renamed));
  await rm(join(dir, path));
  const edit = async (name: string, changes: [string, string][]) => {
    let text = await readFile(join(dir, name), 'utf8');
    for (const [from, to] of changes) text = text.replaceAll(from, to);
    await writeFile(join(dir, name), text);
  };
  const changes: [string, string][] = [
    [path, renamed],
    [before, after],
  ];
  await edit(manifest, changes);
  await edit('SHA256SUMS', [...changes, [manifestBefore, await sumOf(dir, manifest)]]);
  const { rows } = await askLake(dir, 'select system_id, country from system where system_id = $$system-1$$');
  expect(rows).toEqual([['system-1', null]]);
  await using empty = await openTestStore();
  await fillFrom(dir, empty, ['system-1']);
  const expected = await readApiViews(source.url, `system_id = 'system-1'`);
  expect(await readApiViews(empty.url)).toEqual({
    ...expected,
    system: expected.system?.map((row) => row.replace('"country":"NO"', '"country":null')),
  });
});

async function filesBelow(dir: string, pattern: RegExp): Promise<string[]> {
  return (await readdir(dir, { recursive: true })).filter((path) => pattern.test(path));
}

async function sumOf(dir: string, path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(join(dir, path)))
    .digest('hex');
}
