import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmptyDatabase } from '../servers/test-database.ts';
import { type LakeServers, startLakeServers } from './lake-servers.ts';

// The command and its workers as people start them, with a catalogue.
const velolog = fileURLToPath(new URL('../../packages/cli/bin/velolog.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'velolog-lake-command-'));
const home = join(folder, 'home');
let servers: LakeServers;
let ofCatalogue: Awaited<ReturnType<typeof createEmptyDatabase>>;

beforeAll(async () => {
  ofCatalogue = await createEmptyDatabase();
  servers = await startLakeServers(ofCatalogue.url, { trino: false });
});

afterAll(async () => {
  await run(['down']);
  await servers?.stop();
  await ofCatalogue?.drop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [velolog, ...args, '--home', home], {
    env: { ...process.env, ...servers.settings, LAKE_INTERVAL_SECONDS: '5', ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { code: code as number | null, stdout, stderr };
}

async function done(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

function historyFile(name: string, month: string): string {
  const path = join(folder, name);
  const line = (minute: number, bikes: number) => {
    const body = JSON.stringify({ data: { stations: [{ station_id: 'a', num_bikes_available: bikes }] } });
    return JSON.stringify({ fetched_at: `${month}-10T12:0${minute}:00Z`, body });
  };
  writeFileSync(path, `${line(0, 3)}\n${line(1, 5)}\n${line(2, 4)}\n`);
  return path;
}

const changesOf = async (system: string) =>
  JSON.parse(
    await done([
      'lake',
      'sql',
      '--json',
      `select bikes_delta from station_change where system_id = '${system}' order by observed_at`,
    ]),
  );

test('`up` runs the lake worker on a catalogue, `lake sql` and `lake update` use it, and `forget` takes a system out of it', async () => {
  const up = await run(['up', '--no-ingest']);
  expect(up.code, up.stderr).toBe(0);
  expect(up.stdout).not.toContain('not ready');
  await done(['import', '--system', 'one', historyFile('one.ndjson', '2026-03')]);
  await done(['import', '--system', 'two', historyFile('two.ndjson', '2026-03')]);
  await expect
    .poll(() => changesOf('two').catch(() => null), { timeout: 120_000, interval: 1000 })
    .toEqual([{ bikes_delta: 2 }, { bikes_delta: -1 }]);
  expect(await changesOf('one')).toEqual([{ bikes_delta: 2 }, { bikes_delta: -1 }]);
  expect(JSON.parse(await done(['lake', 'update', '--json']))).toMatchObject({ systems: 2, rows: 6 });
  const { workers } = JSON.parse(await done(['status', '--json'])) as {
    workers: { name: string; url: string; ready: boolean }[];
  };
  const lake = workers.find(({ name }) => name === 'lake');
  expect(lake?.ready).toBe(true);
  expect(await (await fetch(`${lake?.url}/metrics`)).text()).toMatch(
    /velolog_lake_rows\{table="station_status".*\} 6/,
  );
  await done(['forget', '--system', 'one', '--yes']);
  expect(await changesOf('one')).toEqual([]);
  expect(await changesOf('two')).toHaveLength(2);
  await done(['down']);
}, 900_000);

test('`up` says what the lake is waiting for while the catalogue is away, and does not wait for it', async () => {
  const up = await run(['up', '--no-ingest'], { LAKE_CATALOG_URI: 'http://127.0.0.1:1' });
  expect(up.code, up.stderr).toBe(0);
  expect(up.stderr).toMatch(/lake is not ready yet: .*does not answer/);
  expect(up.stdout).toMatch(/lake {2}\(not ready\)/);
});
