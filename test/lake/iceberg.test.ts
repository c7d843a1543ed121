import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findDamagedSlices } from '@velolog/lake/iceberg/check-catalogue';
import { openIcebergSink } from '@velolog/lake/iceberg/iceberg-sink';
import { LakeConflict } from '@velolog/lake/lake-sink';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readApiViews, readCatalogueViews } from '../history/lake-rows.ts';
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

  test('an exporter that read before another committed is told so, and changes nothing', async () => {
    await using late = await openIcebergSink(lake.servers.settings);
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
    const script = fileURLToPath(new URL('lake-process.ts', import.meta.url));
    for (let kill = 0; kill < KILLS; kill++) {
      await lake.addLateHistory(1100 + kill * 40);
      const child = spawn(process.execPath, [script, lake.store.url, JSON.stringify(lake.servers.settings)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(child.stdout, 'data');
      const ended = once(child, 'exit');
      const after = Math.random() * 15_000;
      await Promise.race([ended, wait(after)]);
      child.kill('SIGKILL');
      const [code, signal] = await ended;
      console.log(`kill ${kill}: after ${after.toFixed(0)} ms, ${signal ?? `it had ended with ${code}`}`);
    }
    await lake.update();
    expect(await readCatalogueViews(lake.servers.settings)).toEqual(await readApiViews(lake.store.url));
  });

  test('wrong credentials and a catalogue that is away are told, and lose nothing', async () => {
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
});
