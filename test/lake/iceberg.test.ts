import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { askCatalogue } from '@velolog/lake/ask-lake';
import { answerChecks } from '@velolog/lake/iceberg/answer-checks';
import { openCatalogue } from '@velolog/lake/iceberg/attach-catalogue';
import { findDamagedSlices } from '@velolog/lake/iceberg/check-catalogue';
import { openIcebergSink } from '@velolog/lake/iceberg/iceberg-sink';
import { inMonth, tableName } from '@velolog/lake/iceberg/iceberg-tables';
import { writingPrefix } from '@velolog/lake/iceberg/writing-folder';
import { LakeConflict } from '@velolog/lake/lake-sink';
import { lakeTable } from '@velolog/lake/lake-tables';
import { doChoresOnce } from '@velolog/store/upkeep/chores';
import type { LogLine } from '@velolog/worker/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readApiViews, readCatalogueViews } from '../history/lake-rows.ts';
import { START } from '../workers/test-store.ts';
import { type LakeOfHistory, openLakeOfHistory } from './lake-of-history.ts';
import type { LakeServers } from './lake-servers.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const KILLS = Number(process.env.LAKE_KILLS ?? 3);

describe(`an Iceberg lake of random history (SEED=${seed})`, () => {
  let lake: LakeOfHistory;
  beforeAll(async () => {
    lake = await openLakeOfHistory(seed, { trino: false });
  });
  afterAll(() => lake?.[Symbol.asyncDispose]());

  /** Counted from the moment at which it begins to write. */
  async function killExporter(afterMs: number) {
    const script = fileURLToPath(new URL('lake-process.ts', import.meta.url));
    const child = spawn(process.execPath, [script, lake.store.url, JSON.stringify(lake.servers.settings)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    const began = performance.now();
    const ended = once(child, 'exit');
    await Promise.race([ended, wait(afterMs)]);
    child.kill('SIGKILL');
    const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
    return { code, signal, tookMs: performance.now() - began };
  }

  test('a missing bucket is reported, and the same lake begins when it exists', async () => {
    const show = lake.servers.hideBucket();
    try {
      await expect(lake.update()).rejects.toThrow(
        /Does the bucket of LAKE_WAREHOUSE .* exist.*Nothing is lost/,
      );
    } finally {
      show();
    }
  });

  test('each view gives through DuckDB the rows of PostgreSQL', async () => {
    await lake.update();
    const expected = await readApiViews(lake.store.url);
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(expected);
    expect(Object.values(expected).map((rows) => rows.length)).not.toContain(0);
    expect(await findDamagedSlices(lake.servers.settings)).toEqual(new Set());
  });

  test('nothing is due: nothing is written', async () => {
    expect((await lake.update({ onlyWhenDue: true })).written).toBe(0);
  });

  test('history that is imported into a closed month replaces that slice alone', async () => {
    await lake.addLateHistory(900);
    const { written, manifests } = await lake.update();
    const months = Object.values(manifests)
      .flat()
      .filter(({ month }) => month !== null);
    expect(months.length).toBeGreaterThan(10);
    // The month and its hours, and the five tables that are replaced whole.
    expect(written).toBe(7);
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  test('an exporter that read before another one committed gets an error, and changes nothing', async () => {
    await using late = await openIcebergSink(lake.servers.settings, {
      lockName: 'late',
      mayBegin: async () => {},
    });
    await lake.addLateHistory(1000);
    await lake.update();
    const next = { position: [], manifests: {}, until: null };
    await expect(late.commit(next)).rejects.toThrow(LakeConflict);
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  test('two exporters at once, with no lock between them, lose no row and write none twice', async () => {
    await lake.addLateHistory(1050);
    const onConflict = () => console.log('the second began again');
    await Promise.all([lake.update({ dir: 'one', onConflict }), lake.update({ dir: 'two', onConflict })]);
    expect(await findDamagedSlices(lake.servers.settings)).toEqual(new Set());
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  test(`killed with SIGKILL ${KILLS} times and repeated, it ends as without`, async () => {
    // Kills are spread over how long a whole write takes here; one that comes too late is none, and says how long that is.
    let wholeMs = 15_000;
    for (let killed = 0, days = 2000; killed < KILLS; days += 40) {
      await lake.addLateHistory(days);
      const afterMs = Math.random() * wholeMs;
      const { signal, code, tookMs } = await killExporter(afterMs);
      console.log(`kill ${killed}: after ${afterMs.toFixed(0)} ms, ${signal ?? `it had ended with ${code}`}`);
      if (signal === 'SIGKILL') killed += 1;
      else {
        expect(code).toBe(0);
        wholeMs = tookMs;
      }
    }
    const prefix = writingPrefix(`${lake.store.url} test`);
    await mkdir(join(tmpdir(), `${prefix}left`), { recursive: true });
    await lake.update();
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
    // What they left on this machine is gone too.
    expect((await readdir(tmpdir())).filter((name) => name.startsWith(prefix))).toEqual([]);
  });

  test('a commit that reached the months and not a table without months is made whole by the next look', async () => {
    {
      using duckdb = await openCatalogue(lake.servers.settings);
      // What a catalogue that commits table by table has when the exporter is killed in between.
      await duckdb.connection.run('begin');
      await duckdb.connection.run(`delete from ${tableName('coverage')}`);
      await duckdb.connection.run(
        `call set_iceberg_table_properties(${tableName('coverage')}, {'velolog.commit': 'the one before'})`,
      );
      await duckdb.connection.run('commit');
    }
    expect((await readCatalogueViews(lake.servers.settings)).feed_coverage).toEqual([]);
    // The tables without months.
    expect((await lake.update({ onlyWhenDue: true })).written).toBe(5);
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
    expect((await lake.update({ onlyWhenDue: true })).written).toBe(0);
  });

  test('a table of a version without one of the columns is read, and gets the column at the next write', async () => {
    {
      using duckdb = await openCatalogue(lake.servers.settings);
      await duckdb.connection.run(`alter table ${tableName('system')} drop column country`);
    }
    const { rows } = await askCatalogue(lake.servers.settings, 'select distinct country from system');
    expect(rows).toEqual([[null]]);
    await lake.addLateHistory(1300);
    await lake.update();
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  test('wrong credentials and a catalogue that is away are reported, and lose nothing', async () => {
    const tried = (more: Partial<LakeServers['settings']>) =>
      lake.update({ catalogue: { ...lake.servers.settings, ...more } }).then(
        () => 'written',
        (error: Error) => error.message,
      );
    await lake.addLateHistory(1400);
    expect(await tried({ LAKE_S3_SECRET_ACCESS_KEY: 'wrong' })).toMatch(/refuses these credentials/);
    expect(await tried({ LAKE_CATALOG_URI: 'http://127.0.0.1:1' })).toMatch(
      /does not answer.*Nothing is lost/,
    );
    await lake.update();
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  /** What the chores of a store with RETENTION_DAYS and this catalogue say. */
  async function retain(): Promise<{ dropped?: string[]; reason?: string }> {
    const said = {};
    const tell = ({ event: _, ...details }: LogLine) => void Object.assign(said, details);
    const { pool, months } = lake.store.context;
    await doChoresOnce(
      {
        pool,
        months,
        retentionDays: 30,
        // As a store without a setting: the database remembers the catalogue.
        lake: undefined,
        log: { info: tell, warn: tell },
      },
      new Date(START),
    );
    return said;
  }

  test('retention drops a month only when the catalogue has each of its rows; otherwise it keeps the month and says why', async () => {
    const { settings } = lake.servers;
    const { store } = lake;
    const [first] = await store.ask(
      `select to_char(min(observed_at), 'YYYY-MM') as month from velolog.station_status`,
    );
    const month = String(first?.month);
    const partition = `station_status_${month.replace('-', '_')}`;
    const answered = async () => {
      await answerChecks(store.url, settings);
      return retain();
    };
    expect((await retain()).reason).toMatch(/was asked/);
    // The object store is away: no answer, and the month stays.
    await expect(
      answerChecks(store.url, { ...settings, LAKE_S3_ENDPOINT: 'http://127.0.0.1:1' }),
    ).rejects.toThrow(/does not answer/);
    expect((await retain()).reason).toMatch(/has not said yet.*does it run/);

    // A row less than the marker says.
    {
      using duckdb = await openCatalogue(settings);
      await duckdb.connection.run(
        `delete from ${tableName('station_status')} where ${inMonth(lakeTable('station_status'), month)} and observed_at =
          (select max(observed_at) from ${tableName('station_status')} where ${inMonth(lakeTable('station_status'), month)})`,
      );
    }
    expect((await answered()).reason).toMatch(/other rows of it than the database/);
    const distrusted = await findDamagedSlices(settings);
    expect(distrusted.size).toBe(1);
    await lake.update({ distrusted });

    // History that came after the commit.
    await store.poll(
      'system-0',
      Math.round((Date.parse(`${month}-28T00:00:00Z`) - START) / 1000),
      [{ station_id: '1', num_bikes_available: 9 }],
      { imported: true },
    );
    expect((await answered()).reason).toMatch(/other rows of it than the database/);
    await lake.update();

    // A commit that did not reach all tables.
    const commitOf = async (id: string) => {
      using duckdb = await openCatalogue(settings);
      await duckdb.connection.run(
        `call set_iceberg_table_properties(${tableName('station')}, {'velolog.commit': '${id}'})`,
      );
    };
    await commitOf('another');
    expect((await answered()).reason).toMatch(/did not reach all tables/);
    await lake.update({ onlyWhenDue: true });

    const before = (await readCatalogueViews(settings)).station_change;
    expect(before).toEqual((await readApiViews(store.url)).station_change);
    expect((await answered()).dropped).toEqual([partition]);
    // What is gone from the database stays in the lake, also when that is written again.
    await lake.addLateHistory(1500);
    await lake.update();
    expect((await readCatalogueViews(settings)).station_change).toEqual(expect.arrayContaining(before ?? []));
  });
});
