import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rollUpAll } from '@velolog/store/upkeep/roll-up';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { givenStation as station } from '../../../../test/history/given-station.ts';
import {
  readApiViews,
  readLakeTextsInPostgres,
  readLakeViews,
  readViewsOf,
} from '../../../../test/history/lake-rows.ts';
import { randomPolls } from '../../../../test/history/random-polls.ts';
import { openTestStore, type TestStore } from '../../../../test/workers/test-store.ts';
import { askLake, openLakeViews } from '../ask-lake.ts';
import { openDuckDb } from '../duckdb-session.ts';
import { type OpenLake, readLake } from '../folder/lake-folder.ts';
import { writeLake } from '../write-lake.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

describe(`over random history (SEED=${seed})`, () => {
  let store: TestStore;
  let dir: string;
  beforeAll(async () => {
    store = await openTestStore();
    dir = await mkdtemp(join(tmpdir(), 'velolog-lake-'));
    const polls = randomPolls(seed, { systems: 2, polls: 400, stations: 8 });
    await store.store(polls.map((poll) => store.message({ second: 0, ...poll, body: poll.body.toString() })));
    // History that nobody polls: what held at its end does not go on.
    for (const second of [0, 60, 120])
      await store.poll('archive', second, [station('1', 0, second), station('2', 3, 3)], { imported: true });
    await pollWithManyEnds(store);
    await rollUpAll(store.context.pool);
    await writeLake({
      databaseUrl: store.url,
      dir: join(dir, 'lake'),
      kind: 'lake',
      choose: (systems) => systems,
      fromDay: null,
      toDay: null,
    });
  });
  afterAll(async () => {
    await store[Symbol.asyncDispose]();
    await rm(dir, { recursive: true });
  });

  test('each view gives the rows that PostgreSQL gives, over gaps, absences and imported history', async () => {
    const expected = await readApiViews(store.url);
    expect(Object.values(expected).map((rows) => rows.length)).not.toContain(0);
    expect(await readLakeViews(join(dir, 'lake'))).toEqual(expected);
  });

  test('station_change is the same for a system that is read in the order of its files, one that is not, and both together', async () => {
    const { station_change: expected } = await readApiViews(store.url);
    const lake = (await readLake(join(dir, 'lake'))) as OpenLake;
    for (const question of ['', "station_change of 'system-0'", "station_change of 'archive'"])
      expect((await readViewsOf(lake, { question, filesMax: 0 })).station_change).toEqual(expected);
  });

  test('gaps have the same length where none, one, two, and many gaps and absences end between two reports', async () => {
    const where = `system_id = 'many-ends'`;
    const { station_change: expected = [] } = await readApiViews(store.url, where);
    const gaps = expected.map((line) => (JSON.parse(line) as { gap_seconds: number }).gap_seconds);
    expect(gaps).toContain(0);
    // Three holes of ten minutes, and ten absences of two minutes besides.
    expect(Math.max(...gaps)).toBeGreaterThan(3 * 600 + 10 * 120);
    expect((await readLakeViews(join(dir, 'lake'), where)).station_change).toEqual(expected);
  });

  test('gaps add up exactly, and on all cores: a sum of doubles is made on one', async () => {
    const { columns, rows } = await askLake(
      join(dir, 'lake'),
      'select typeof(any_value(gap_seconds)), sum(gap_seconds) from station_change',
    );
    expect(columns).toHaveLength(2);
    const { station_change: expected = [] } = await readApiViews(store.url);
    const sum = expected.reduce((all, line) => all + 1000 * JSON.parse(line).gap_seconds, 0);
    expect(rows).toEqual([['DECIMAL(13,3)', Math.round(sum) / 1000]]);
  });

  test('what would change a lake is refused in those words, whether what it names is there or not', async () => {
    for (const query of [
      'drop table x',
      'drop view api.station',
      'insert into x values (1)',
      `set threads = 1`,
    ])
      await expect(askLake(join(dir, 'lake'), query)).rejects.toThrow('A lake is only read');
    await expect(askLake(join(dir, 'lake'), 'select dropped from station')).rejects.toThrow(/dropped/);
  });

  test("a month of a system is read from that system's file of that month alone", async () => {
    const lake = (await readLake(join(dir, 'lake'))) as OpenLake;
    const files = lake.manifests.station_status ?? [];
    const own = files.find(({ system_id }) => system_id === 'system-0');
    using duckdb = await openDuckDb({ threads: 1 });
    await openLakeViews(duckdb.connection, lake);
    const filesRead = async (where: string) => {
      const plan = await duckdb.connection.runAndReadAll(
        `explain analyze select sum(num_bikes_available) from files.station_status where ${where}`,
      );
      return Number(/Total Files Read: (\d+)/.exec(String(plan.getRows()))?.[1]);
    };
    const read = await filesRead(`system_id = 'system-0' and month = '${own?.month}'`);
    console.log(`${own?.month} of system-0 was read from ${read} of ${files.length} files`);
    expect(read).toBe(1);
    expect(await filesRead('true')).toBe(files.length);
  });

  test('files that are not in order are an error, never a wrong row', async () => {
    const lake = (await readLake(join(dir, 'lake'))) as OpenLake;
    // The longest: by some seeds a month has a single row.
    const [slice] = (lake.manifests.station_status ?? [])
      .filter(({ system_id }) => system_id === 'system-0')
      .sort((one, other) => other.rows - one.rows);
    const path = join(lake.dir, slice?.file ?? '');
    using duckdb = await openDuckDb({ threads: 1 });
    await duckdb.connection.run(
      `copy (from read_parquet('${path}', hive_partitioning = false) order by observed_at desc) to '${path}.other' (format parquet)`,
    );
    await rename(`${path}.other`, path);
    await expect(readViewsOf(lake)).rejects.toThrow('not in order');
  });

  test('the one text of each view gives the same rows in PostgreSQL', async () => {
    expect(await readLakeTextsInPostgres(store.url)).toEqual(await readApiViews(store.url));
  });
});

/** Polls with holes; station 2 is listed by every third one, and seldom reports something else. */
function pollWithManyEnds(store: TestStore): Promise<void> {
  const polls = [];
  for (let minute = 0; minute < 240; minute++) {
    if (minute % 20 >= 10) continue;
    const second = minute * 60;
    const stations = [
      station('1', minute < 100 ? 1 : 2, 3),
      ...(minute % 3 === 0 ? [station('2', minute < 120 ? 4 : 5, 3)] : []),
      station('3', minute % 5, 3),
    ];
    polls.push(store.message({ system_id: 'many-ends', second, body: { data: { stations } } }));
  }
  return store.store(polls);
}
